import type { Container } from 'pixi.js';

/** Display objects that are hidden instead of thrown away. Objects stay children of their layer for good. */
export class Pool<T extends Container> {
  #free: T[] = [];
  #make: () => T;
  #layer: Container;

  constructor(layer: Container, make: () => T) {
    this.#layer = layer;
    this.#make = make;
  }

  take(): T {
    const object = this.#free.pop() ?? this.#layer.addChild(this.#make());
    object.visible = true;
    return object;
  }

  give(object: T): void {
    object.visible = false;
    this.#free.push(object);
  }
}

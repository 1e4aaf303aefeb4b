import { Texture } from 'pixi.js';
import { seededRandom } from './seeded-random.ts';

/** Side of the mist's picture; it is soft, so it may be drawn much larger. */
export const MIST_PX = 512;
const GLOW_PX = 64;

/** A soft white disc, to be tinted: light of engines, shots and explosions, stars, dots of the radar. */
export function glowTexture(): Texture {
  return painted(GLOW_PX, (pen, size) => {
    const light = pen.createRadialGradient(size / 2, size / 2, 0, size / 2, size / 2, size / 2);
    light.addColorStop(0, 'rgba(255,255,255,1)');
    light.addColorStop(0.25, 'rgba(255,255,255,0.55)');
    light.addColorStop(0.6, 'rgba(255,255,255,0.12)');
    light.addColorStop(1, 'rgba(255,255,255,0)');
    pen.fillStyle = light;
    pen.fillRect(0, 0, size, size);
  });
}

/** Faint coloured mist on black space. */
export function mistTexture(seed: number): Texture {
  const random = seededRandom(seed);
  return painted(MIST_PX, (pen, size) => {
    for (let i = 0; i < 16; i++) {
      const x = random() * size;
      const y = random() * size;
      const radius = size * (0.16 + random() * 0.22);
      const color = `hsla(${212 + random() * 62}, 65%, 45%,`;
      const mist = pen.createRadialGradient(x, y, 0, x, y, radius);
      mist.addColorStop(0, `${color} 0.12)`);
      mist.addColorStop(1, `${color} 0)`);
      pen.fillStyle = mist;
      pen.fillRect(0, 0, size, size);
    }
  });
}

function painted(sizePx: number, paint: (pen: CanvasRenderingContext2D, sizePx: number) => void): Texture {
  const canvas = document.createElement('canvas');
  canvas.width = sizePx;
  canvas.height = sizePx;
  const pen = canvas.getContext('2d');
  if (pen === null) throw new Error('this browser draws no 2D canvas');
  paint(pen, sizePx);
  return Texture.from(canvas);
}

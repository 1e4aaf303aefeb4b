import type { Client } from 'colyseus';
import { LiveRoom, serve } from '../../server/index.ts';
import { Dot, DotInput, DotState, step } from './shared.ts';

export class DotRoom extends LiveRoom<{ state: InstanceType<typeof DotState>; input: InstanceType<typeof DotInput> }> {
  override state = new DotState();
  override inputs = this.defineInput(DotInput, { sanitize: { dx: [-1, 1], dy: [-1, 1] } });

  override onCreate(): void {
    this.setFixedTimestep(() => {
      for (const [id, dot] of this.state.dots) {
        const input = this.inputs.get(id).next();
        if (input) step(dot, input);
      }
    }, 60);
  }

  override onJoin(client: Client): void {
    this.state.dots.set(client.sessionId, new Dot().assign({ x: 0, y: 0 }));
  }

  override onLeave(client: Client): void {
    this.state.dots.delete(client.sessionId);
  }
}

export const start = (port: number) => serve({ rooms: { dot: DotRoom }, port });

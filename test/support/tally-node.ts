/** A node of a pool, as a process, with rooms that count what they are told: environment as server/main.ts has it. */
import { schema, t } from '@colyseus/schema';
import type { Client } from '@colyseus/core';
import { readConfig } from '../../server/config.ts';
import { createLog } from '../../server/log/log.ts';
import { LiveRoom, serve } from '../../server/index.ts';

const Teller = schema(
  { upTo: t.number(), doubled: t.number(), missed: t.number(), inputs: t.number(), wrongInputs: t.number() },
  'Teller',
);
/** Clients number their inputs from 1, too. */
const TellerInput = schema({ number: t.int32() }, 'TellerInput');
type TellerInput = InstanceType<typeof TellerInput>;
const TallyState = schema({ ticks: t.number(), joins: t.number(), tellers: t.map(Teller) }, 'TallyState');

export class TallyRoom extends LiveRoom<{ state: InstanceType<typeof TallyState>; input: TellerInput }> {
  override state = new TallyState().assign({ ticks: 0, joins: 0 });
  override maxClients = 4;
  override inputs = this.defineInput(TellerInput);

  override messages = {
    /** Clients number what they say from 1; each is answered with its number. */
    say: (client: Client, number: number) => {
      const teller = this.state.tellers.get(client.sessionId)!;
      if (number <= teller.upTo) teller.doubled++;
      else teller.missed += number - teller.upTo - 1;
      teller.upTo = Math.max(teller.upTo, number);
      client.send('heard', number);
    },
  };

  override onCreate(): void {
    this.setFixedTimestep(() => {
      this.state.ticks++;
      for (const [id, teller] of this.state.tellers) {
        for (const { number } of this.inputs.get(id)) {
          if (number !== teller.inputs + 1) teller.wrongInputs++;
          teller.inputs = number;
        }
      }
    }, 60);
  }

  override onJoin(client: Client): void {
    this.state.joins++;
    this.state.tellers.set(
      client.sessionId,
      new Teller().assign({ upTo: 0, doubled: 0, missed: 0, inputs: 0, wrongInputs: 0 }),
    );
  }

  override onLeave(client: Client): void {
    this.state.tellers.delete(client.sessionId);
  }
}

if (process.argv[1] === import.meta.filename) {
  const { logLevel, ...config } = readConfig(process.env);
  class Ending extends TallyRoom {
    override outlivesNode = false;
  }
  const { port } = await serve({ rooms: { tally: TallyRoom, ending: Ending }, ...config, log: createLog(logLevel) });
  console.log(`http://localhost:${port}/`);
}

import type { WorkerMessage } from './child.ts';
import { reportOn } from './report.ts';
import { type Source, traceOf } from './source.ts';
import { TraceError } from './trace-error.ts';

/** A child process of main.ts: measures the source in its argument and says what came of it. */
const message = await measure(JSON.parse(process.argv[2]!) as Source);
process.send!(message);

async function measure(source: Source): Promise<WorkerMessage> {
  try {
    return { report: reportOn(await traceOf(source)) };
  } catch (error) {
    // Anything but a bad file is our own bug, and ends with its stack.
    if (error instanceof TraceError) return { failure: error.message };
    throw error;
  }
}

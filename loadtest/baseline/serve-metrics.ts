import type { IncomingMessage, ServerResponse } from 'node:http';
import { collectDefaultMetrics, register } from 'prom-client';

collectDefaultMetrics();

/** What every process says of itself, as velarium's server does too. */
export async function serveMetrics(_request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('content-type', register.contentType);
  response.end(await register.metrics());
}

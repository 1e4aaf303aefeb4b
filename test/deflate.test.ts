import { fflateDeflate } from '../client/fflate-deflate.ts';
import { nodeDeflate } from '../server/transport/node-deflate.ts';
import { describeDeflate } from './contract/deflate.ts';

describeDeflate('zlib in Node', nodeDeflate);
describeDeflate('fflate in a browser', fflateDeflate);

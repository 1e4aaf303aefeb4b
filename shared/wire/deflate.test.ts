import { describeDeflate } from '../../test/contract/deflate.ts';
import { fflateDeflate, nodeDeflate } from '../../test/support/deflate.ts';

describeDeflate('zlib in Node', nodeDeflate);
describeDeflate('fflate in a browser', fflateDeflate, {
  bytesAfterTheEnd: 'inflateSync does not say how much of its input it used',
});

/** What is used of Express's own package for this, which comes without types. */
declare module 'proxy-addr' {
  import type { IncomingMessage } from 'node:http';

  type Trust = (address: string, hop: number) => boolean;

  interface ProxyAddr {
    /** Addresses from the peer back to the first that is not trusted, that one included. */
    all(request: IncomingMessage, trust: Trust): string[];
    /** @throws {TypeError} one of them is no address, range or name of ranges */
    compile(trusted: string[]): Trust;
  }

  const proxyAddr: ProxyAddr;
  export default proxyAddr;
}

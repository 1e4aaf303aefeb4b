import { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';

/** One of Node's requests to write: what it keeps of a write that the kernel did not take at once. */
interface WriteRequest {
  /** Kept until it is done: libuv has nothing but its address. */
  buffer?: Buffer;
  oncomplete?: (status: number) => void;
  /** Above 0 while libuv has it: also one that it has written meanwhile, until it says so. */
  getAsyncId(): number;
}

/** What is used of Node's own object below a connection's stream. */
interface Handle {
  /** @returns 0, or libuv's number of what went wrong */
  writeBuffer(this: Handle, request: WriteRequest, bytes: Buffer): number;
}

type WithHandle = Socket & { _handle?: Partial<Handle> | null };

/** Of longer ones the kernel has most of the work, and memory is kept for each length. */
export const MOST_HANDLE_BYTES = 1_024;

/** Node's class of requests, which no module exports: known from the first write of this process, see {@link learnRequest}. */
let Request: (new () => WriteRequest) | undefined;
let looksForRequest = false;
/** The kernel takes a short message at once, nearly always: then nothing is kept of its request, and one does for all. */
let unused: WriteRequest | undefined;
/** Likewise its memory, by its length. */
const memories: (Buffer | undefined)[] = new Array<undefined>(MOST_HANDLE_BYTES + 1).fill(undefined);

/**
 * Writes short messages of a TCP connection past its stream, straight to Node's handle of it. What the stream does for each
 * of them (a request of its own, the state of a queue that is empty, a callback in a later turn, memory of its own) was a
 * twentieth of all that a server of small rooms did.
 *
 * It may be mixed with writes to the stream, until that is ended: both go through the same queue of libuv, in order. What the
 * kernel does not take at once, one message at most, is not in the stream's `writableLength`.
 */
export class HandleWriter {
  readonly #socket: WithHandle;
  readonly #handle: Handle;
  /** The kernel has not taken the last one whole. */
  #isWriting = false;

  private constructor(socket: WithHandle, handle: Handle) {
    this.#socket = socket;
    this.#handle = handle;
  }

  /** @returns undefined where there is no such handle: with TLS, or with another Node than those this was written for */
  static of(sink: unknown): HandleWriter | undefined {
    if (!(sink instanceof Socket) || sink.constructor !== Socket) return undefined;
    const handle = (sink as WithHandle)._handle;
    if (typeof handle?.writeBuffer !== 'function') return undefined;
    if (!looksForRequest) learnRequest(handle as Handle);
    return new HandleWriter(sink, handle as Handle);
  }

  /** Hot: once a tick and client. What a message of so many bytes is made in, for the {@link write} that comes next. */
  memory(length: number): Buffer {
    return (memories[length] ??= Buffer.allocUnsafeSlow(length));
  }

  /**
   * Hot: once a tick and client; nothing is allocated. An error ends the connection, as one of its stream does.
   * @param message from {@link memory}
   * @returns false where it is the stream's to write; it may keep it
   */
  write(message: Buffer): boolean {
    const socket = this.#socket;
    const request = unused;
    if (request === undefined || this.#isWriting || socket._handle !== this.#handle || socket.writableLength > 0) {
      memories[message.length] = undefined;
      return false;
    }
    const error = this.#handle.writeBuffer(request, message);
    if (error !== 0) {
      socket.destroy(writeError(error));
    } else if (request.getAsyncId() > 0) {
      this.#await(request, message);
    }
    return true;
  }

  /** Until libuv is done with it everything goes to the stream, which says how much waits. */
  #await(request: WriteRequest, message: Buffer): void {
    this.#isWriting = true;
    request.buffer = message;
    request.oncomplete = (status) => {
      this.#isWriting = false;
      if (status < 0) this.#socket.destroy(writeError(status));
    };
    memories[message.length] = undefined;
    unused = new Request!();
  }
}

/** Looks at the next request that any stream of this process makes. */
function learnRequest(handle: Handle): void {
  let owner = handle;
  while (!Object.hasOwn(owner, 'writeBuffer')) owner = Object.getPrototypeOf(owner) as Handle;
  const { writeBuffer } = owner;
  looksForRequest = true;
  owner.writeBuffer = function (request, bytes) {
    owner.writeBuffer = writeBuffer;
    if (typeof request.getAsyncId === 'function') {
      Request = request.constructor as new () => WriteRequest;
      unused = new Request();
    }
    return writeBuffer.call(this, request, bytes);
  };
}

const writeError = (status: number): Error =>
  Object.assign(new Error(`write ${getSystemErrorName(status)}`), {
    code: getSystemErrorName(status),
    errno: status,
    syscall: 'write',
  });

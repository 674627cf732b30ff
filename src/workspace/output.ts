/**
 * Gathers a command's output up to its end mark: the head and the tail are kept, the middle is dropped and counted.
 * Bytes that may be the beginning of the mark are held back until it is clear that they are not.
 */
export class OutputCollector {
  readonly #mark: Buffer;
  readonly #headLimit: number;
  readonly #tailLimit: number;
  readonly #onOutput: (chunk: Buffer) => void;
  #held: Buffer = Buffer.alloc(0);
  readonly #head: Buffer[] = [];
  #headSize = 0;
  #tail: Buffer[] = [];
  #tailSize = 0;
  #dropped = 0;
  ended = false;

  /** The mark must begin with a byte that is not in it again. */
  constructor(mark: Buffer, limit: number, onOutput: (chunk: Buffer) => void) {
    this.#mark = mark;
    this.#headLimit = Math.ceil(limit / 2);
    this.#tailLimit = Math.floor(limit / 2);
    this.#onOutput = onOutput;
  }

  /** Takes a chunk; what follows the mark is not of this command and is dropped. */
  add(chunk: Buffer): void {
    if (this.ended) return;
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    const at = bytes.indexOf(this.#mark);
    if (at >= 0) {
      this.ended = true;
      this.#held = Buffer.alloc(0);
      this.#keep(bytes.subarray(0, at));
      return;
    }
    const from = bytes.indexOf(this.#mark[0]!, Math.max(0, bytes.length - this.#mark.length + 1));
    this.#held = from < 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(from));
    this.#keep(from < 0 ? bytes : bytes.subarray(0, from));
  }

  /** No more will come, and there was no mark. */
  finish(): void {
    this.ended = true;
    this.#keep(this.#held);
    this.#held = Buffer.alloc(0);
  }

  result(): { output: Buffer; droppedBytes: number } {
    this.#trim();
    return { output: Buffer.concat([...this.#head, ...this.#tail]), droppedBytes: this.#dropped };
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#onOutput(bytes);
    const room = this.#headLimit - this.#headSize;
    const head = bytes.subarray(0, Math.max(0, room));
    if (head.length > 0) {
      this.#head.push(Buffer.from(head));
      this.#headSize += head.length;
    }
    const rest = bytes.subarray(head.length);
    if (rest.length === 0) return;
    this.#tail.push(Buffer.from(rest));
    this.#tailSize += rest.length;
    // Trimmed only now and then, so that a flood of small chunks costs nothing much each.
    if (this.#tailSize > 2 * this.#tailLimit + 65536) this.#trim();
  }

  #trim(): void {
    const whole = Buffer.concat(this.#tail);
    const over = Math.max(0, whole.length - this.#tailLimit);
    this.#dropped += over;
    this.#tail = [Buffer.from(whole.subarray(over))];
    this.#tailSize = whole.length - over;
  }
}

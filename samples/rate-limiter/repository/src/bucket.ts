export interface BucketOptions {
  /** How many requests may come at once. */
  capacity: number;
  /** How many are allowed again each second. */
  perSecond: number;
  /** The clock, in milliseconds. */
  now: () => number;
}

/** A token bucket: each request takes a token, and tokens come back at a steady rate. */
export class TokenBucket {
  #tokens: number;
  #updated: number;
  readonly #options: BucketOptions;

  constructor(options: BucketOptions) {
    this.#options = options;
    this.#tokens = options.capacity;
    this.#updated = options.now();
  }

  #refill(): void {
    const now = this.#options.now();
    const elapsed = now - this.#updated;
    this.#tokens = Math.min(this.#options.capacity, this.#tokens + elapsed * this.#options.perSecond);
    this.#updated = now;
  }

  /** Whether a request may go now; takes its token if so. */
  take(): boolean {
    this.#refill();
    if (this.#tokens < 1) {
      return false;
    }
    this.#tokens -= 1;
    return true;
  }

  /** Milliseconds until the next request may go; 0 if it may go now. */
  wait(): number {
    this.#refill();
    if (this.#tokens >= 1) {
      return 0;
    }
    return Math.ceil(((1 - this.#tokens) / this.#options.perSecond) * 1000);
  }
}

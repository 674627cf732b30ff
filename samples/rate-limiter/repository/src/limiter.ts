import { TokenBucket } from './bucket.ts';

export type Decision = { allowed: true } | { allowed: false; retryAfterSeconds: number };

export interface LimiterOptions {
  capacity: number;
  perSecond: number;
  now: () => number;
}

/** One bucket a client. */
export class Limiter {
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #options: LimiterOptions;

  constructor(options: LimiterOptions) {
    this.#options = options;
  }

  check(client: string): Decision {
    let bucket = this.#buckets.get(client);
    if (!bucket) {
      bucket = new TokenBucket(this.#options);
      this.#buckets.set(client, bucket);
    }
    if (bucket.take()) {
      return { allowed: true };
    }
    return { allowed: false, retryAfterSeconds: Math.ceil(bucket.wait() / 1000) };
  }
}

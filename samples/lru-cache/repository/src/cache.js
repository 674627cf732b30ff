/**
 * A cache that holds at most `limit` entries and forgets the one that was used the longest ago.
 * A Map keeps its keys in the order they were inserted, so the first key is always the oldest.
 */
export class RecentCache {
  #entries = new Map();
  #limit;
  #onEvict;

  constructor(limit, onEvict = () => {}) {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new RangeError(`limit must be a positive integer, got ${limit}`);
    }
    this.#limit = limit;
    this.#onEvict = onEvict;
  }

  get size() {
    return this.#entries.size;
  }

  has(key) {
    return this.#entries.has(key);
  }

  get(key) {
    if (!this.#entries.has(key)) {
      return undefined;
    }
    const value = this.#entries.get(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key, value) {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#limit) {
      const [oldest, dropped] = this.#entries.entries().next().value;
      this.#entries.delete(oldest);
      this.#onEvict(oldest, dropped);
    }
    return this;
  }

  keys() {
    return [...this.#entries.keys()];
  }

  clear() {
    this.#entries.clear();
  }
}

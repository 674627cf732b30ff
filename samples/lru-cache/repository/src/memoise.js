import { RecentCache } from './cache.js';

/** Remembers the last `limit` distinct results of a function of one argument. */
export function memoise(compute, limit = 100) {
  const cache = new RecentCache(limit);
  return (argument) => {
    if (cache.has(argument)) {
      return cache.get(argument);
    }
    const result = compute(argument);
    cache.set(argument, result);
    return result;
  };
}

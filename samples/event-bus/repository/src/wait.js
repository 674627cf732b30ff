/** Resolves with the next payload of `name`, or rejects when the signal is aborted. */
export function nextEvent(bus, name, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const unsubscribe = bus.once(name, resolve);
    signal?.addEventListener('abort', () => {
      unsubscribe();
      reject(signal.reason);
    });
  });
}

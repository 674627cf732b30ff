/** A small event bus. Listeners are called in the order they subscribed. */
export class EventBus {
  #listeners = new Map();

  /** Calls `listener` with each payload of `name`; returns a function that ends the subscription. */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? [];
    listeners.push(listener);
    this.#listeners.set(name, listeners);
    return () => this.off(name, listener);
  }

  /** As `on`, but for the next payload only. */
  once(name, listener) {
    const unsubscribe = this.on(name, (payload) => {
      unsubscribe();
      listener(payload);
    });
    return unsubscribe;
  }

  off(name, listener) {
    const listeners = this.#listeners.get(name);
    if (!listeners) {
      return false;
    }
    const index = listeners.indexOf(listener);
    if (index === -1) {
      return false;
    }
    listeners.splice(index, 1);
    if (listeners.length === 0) {
      this.#listeners.delete(name);
    }
    return true;
  }

  /** Delivers a payload to everyone subscribed at this moment; returns how many that were. */
  emit(name, payload) {
    const listeners = this.#listeners.get(name) ?? [];
    let delivered = 0;
    for (const listener of listeners) {
      listener(payload);
      delivered += 1;
    }
    return delivered;
  }

  count(name) {
    return this.#listeners.get(name)?.length ?? 0;
  }
}

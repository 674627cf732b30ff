import { parseTimestamp } from './parse.js';

/** Sorts events of the shape `{ title, at }` by the moment they happen, wherever in the world that is. */
export function sortEvents(events) {
  return [...events].sort((left, right) => parseTimestamp(left.at) - parseTimestamp(right.at));
}

/** The first event at or after `now`, a timestamp, or null. */
export function nextEvent(events, now) {
  const from = parseTimestamp(now);
  return sortEvents(events).find((event) => parseTimestamp(event.at) >= from) ?? null;
}

import { parseZone } from './zone.js';

const TIMESTAMP = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Reads a timestamp such as `2024-05-01T09:30:00+02:00` and returns milliseconds since 1970 in UTC. */
export function parseTimestamp(text) {
  const match = TIMESTAMP.exec(text.trim());
  if (!match) {
    throw new SyntaxError(`not a timestamp: ${text}`);
  }
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone = 'Z'] = match;
  const milliseconds = Number(fraction.padEnd(3, '0'));
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const offset = parseZone(zone);
  checkRanges(Number(month), Number(day), Number(hour), Number(minute));
  return local + milliseconds;
}

function checkRanges(month, day, hour, minute) {
  if (month < 1 || month > 12) {
    throw new RangeError(`month out of range: ${month}`);
  }
  if (day < 1 || day > 31) {
    throw new RangeError(`day out of range: ${day}`);
  }
  if (hour > 23 || minute > 59) {
    throw new RangeError(`time out of range: ${hour}:${minute}`);
  }
}

/** Minutes east of Greenwich for `Z`, `+02:00`, `-0530`. */
export function parseZone(zone) {
  if (zone === 'Z') {
    return 0;
  }
  const sign = zone[0] === '-' ? -1 : 1;
  const digits = zone.slice(1).replace(':', '');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2));
  return sign * (hours * 60 + minutes);
}

/** The inverse of `parseZone`: `+02:00` for 120. */
export function formatZone(minutes) {
  if (minutes === 0) {
    return 'Z';
  }
  const sign = minutes < 0 ? '-' : '+';
  const total = Math.abs(minutes);
  const pad = (value) => String(value).padStart(2, '0');
  return `${sign}${pad(Math.floor(total / 60))}:${pad(total % 60)}`;
}

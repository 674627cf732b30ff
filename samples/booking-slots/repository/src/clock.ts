/** Minutes since midnight of `09:30`. */
export function minutes(text: string): number {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text);
  if (!match) {
    throw new SyntaxError(`not a time of day: ${text}`);
  }
  return Number(match[1]) * 60 + Number(match[2]);
}

/** The inverse of `minutes`. */
export function timeOfDay(value: number): string {
  return `${String(Math.floor(value / 60)).padStart(2, '0')}:${String(value % 60).padStart(2, '0')}`;
}

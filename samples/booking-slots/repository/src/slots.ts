import { type Interval, merge } from './interval.ts';

/** The stretches of `day` that no booking touches. */
export function freeTime(day: Interval, bookings: readonly Interval[]): Interval[] {
  const free: Interval[] = [];
  let from = day.start;
  for (const busy of merge(bookings)) {
    if (busy.end <= day.start || busy.start >= day.end) {
      continue;
    }
    if (busy.start > from) {
      free.push({ start: from, end: busy.start });
    }
    from = busy.end;
  }
  if (from < day.end) {
    free.push({ start: from, end: day.end });
  }
  return free;
}

/** The starts of all slots of `length` minutes that fit, one every `step` minutes from the start of each gap. */
export function slots(day: Interval, bookings: readonly Interval[], length: number, step = length): number[] {
  const starts: number[] = [];
  for (const gap of freeTime(day, bookings)) {
    for (let start = gap.start; start + length <= gap.end; start += step) {
      starts.push(start);
    }
  }
  return starts;
}

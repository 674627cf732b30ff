/** A stretch of time in minutes since midnight; the end is not part of it. */
export interface Interval {
  start: number;
  end: number;
}

export function overlaps(left: Interval, right: Interval): boolean {
  return left.start < right.end && right.start < left.end;
}

/** Joins intervals that overlap or touch; the result is sorted and has gaps between all its members. */
export function merge(intervals: readonly Interval[]): Interval[] {
  const sorted = [...intervals].sort((left, right) => left.start - right.start);
  const merged: Interval[] = [];
  for (const interval of sorted) {
    const last = merged.at(-1);
    if (last && interval.start <= last.end) {
      last.end = interval.end;
    } else {
      merged.push({ ...interval });
    }
  }
  return merged;
}

/** Longest cycle of turns that is looked for. */
const longestCycle = 3;
const warnAfter = 3;
const stopAfter = 5;

/**
 * Notices an agent that goes round in circles: the same turns with the same results, one to three turns long, several
 * times in a row. A turn counts as the same when its calls and their results are, durations aside.
 */
export class RepetitionWatch {
  readonly #turns: string[] = [];

  /** Records a turn; says whether to go on, to tell the model, or to stop. */
  add(calls: string, results: string): 'fine' | 'warn' | 'stop' {
    this.#turns.push(`${calls}\n${results.replace(/\d+(\.\d+)? ?m?s\b/g, '')}`);
    const times = this.#repetitions();
    if (times >= stopAfter) return 'stop';
    return times >= warnAfter ? 'warn' : 'fine';
  }

  #repetitions(): number {
    const turns = this.#turns;
    let most = 1;
    for (let cycle = 1; cycle <= longestCycle; cycle += 1) {
      let same = 0;
      while (turns.length - 1 - same - cycle >= 0 && turns.at(-1 - same) === turns.at(-1 - same - cycle)) same += 1;
      most = Math.max(most, Math.floor(same / cycle) + 1);
    }
    return most;
  }
}

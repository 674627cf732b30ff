/**
 * Exit codes of the `parlay` command. Published in docs/exit-codes.md; scripts depend on them, so numbers never change.
 */
export const exitCodes = {
  solved: 0,
  internalError: 1,
  usageError: 2,
  notVerified: 3,
  limitReached: 4,
  modelUnavailable: 5,
  conflict: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * An error a person can act on: what happened, why, and the next step. Everything thrown on purpose is one of these;
 * anything else that reaches the top is a bug and is shown as an internal error.
 */
export class ParlayError extends Error {
  readonly why: string;
  readonly next: string;
  readonly exitCode: ExitCode;

  constructor(what: string, details: { why?: string; next?: string; exitCode?: ExitCode; cause?: unknown } = {}) {
    super(what, { cause: details.cause });
    this.name = 'ParlayError';
    this.why = details.why ?? '';
    this.next = details.next ?? '';
    this.exitCode = details.exitCode ?? exitCodes.usageError;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

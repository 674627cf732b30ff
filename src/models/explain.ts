import type { TryFailure } from './failures.ts';
import type { ModelFailure, OpenModel } from './types.ts';

/** The failure in words for a person: what happened, why and the next step. `detail` is clean of secrets. */
export function explain(failure: TryFailure, detail: string, model: OpenModel, tried: string): ModelFailure {
  const { id } = model.info;
  const status = failure.status === undefined ? '' : ` (HTTP ${failure.status})`;
  const said = detail.trim().replace(/[.\s]+$/, '');
  const after = tried ? `, ${tried}` : '';
  switch (failure.kind) {
    case 'unauthorised':
      return {
        kind: failure.kind,
        message: `The provider of ${id} refused the key${status}: ${said}.`,
        next: model.keyHint ?? 'Check the key in the environment and that it may use this model.',
      };
    case 'unknown-model':
      return {
        kind: failure.kind,
        message: `There is no model ${id} for this key at this address${status}: ${said}.`,
        next: 'Check the name; `parlay models` lists the models that are known.',
      };
    case 'context-overflow':
      return {
        kind: failure.kind,
        message: `The conversation is longer than the context of ${id}${status}: ${said}.`,
        next: 'It must be shortened before it can go on.',
      };
    case 'rate-limited':
      return {
        kind: failure.kind,
        message: `${id} is rate limited${status}${after}: ${said}.`,
        next: 'Run `parlay resume` later, use fewer --attempts, or another --model. PARLAY_RETRY_SECONDS sets how long to try.',
      };
    case 'rejected':
      return {
        kind: failure.kind,
        message: `The provider of ${id} rejected the request${status}: ${said}.`,
        next: 'Try another --effort or --model; if it stays, please report it.',
      };
    default:
      return {
        kind: failure.kind,
        message: `${id} cannot be reached or keeps failing${status}${after}: ${said}.`,
        next: 'Check the network and the provider’s status, then run `parlay resume`. PARLAY_RETRY_SECONDS sets how long to try.',
      };
  }
}

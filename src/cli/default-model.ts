import type { Effects } from '../system/effects.ts';
import { ParlayError } from '../system/errors.ts';

/**
 * The model when nobody chose one: the offline model where no provider is configured, said in `notice`. Where one is,
 * the person has to say which of its models to pay for.
 * @throws ParlayError then.
 */
export async function defaultModel(effects: Pick<Effects, 'environment'>): Promise<{ model: string; notice: string }> {
  const { configuredProviders, offlineModel } = await import('../models/open.ts');
  const configured = configuredProviders(effects);
  if (configured.length > 0) {
    throw new ParlayError('Which model should do the work?', {
      why: `Configured: ${configured.join(', ')}. Each has several models, and they cost money.`,
      next: `Pass --model ${configured[0]}/<model>, or put {"models": ["${configured[0]}/<model>"]} into ~/.config/parlay/config.json. Offline: --model ${offlineModel}.`,
    });
  }
  return {
    model: offlineModel,
    notice: `No model is configured, so the offline model ${offlineModel} does the work. For another, set a key such as ANTHROPIC_API_KEY and pass --model provider/model.`,
  };
}

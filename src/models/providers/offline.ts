import { ParlayError } from '../../system/errors.ts';
import type { ProviderContext, ProviderModel } from './provider.ts';

/** The offline model: effort goes to it as it is, in `providerOptions.parlay.effort`, and the seed as a seed. */
export async function open(context: ProviderContext): Promise<ProviderModel> {
  if (context.modelId !== 'repair')
    throw new ParlayError(`There is no model parlay/${context.modelId}.`, {
      why: 'The offline model is called parlay/repair.',
      next: 'Use --model parlay/repair.',
    });
  const { repairModel } = await import('../repair/model.ts');
  return {
    model: repairModel(),
    info: { images: false },
    effort: (requested) => ({
      requested,
      sent: { effort: requested },
      providerOptions: { parlay: { effort: requested } },
    }),
    prepare: (messages, tools) => ({ messages: [...messages], tools: [...tools] }),
    options: () => ({}),
    reported: () => undefined,
    takesSeed: true,
    // It runs tests through the tools it is given; its own thinking is over in seconds.
    idleMs: 120_000,
  };
}

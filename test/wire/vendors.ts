import { anthropic } from './anthropic.ts';
import { chat, deepseekChat, localChat, openrouterChat, qwenChat } from './chat.ts';
import { gemini } from './gemini.ts';
import { responses } from './responses.ts';
import type { Vendor } from './vendor.ts';

/** Every strict server there is, by the name that `serve.ts` takes. */
export const vendors: Readonly<Record<string, Vendor>> = Object.fromEntries(
  [anthropic, responses, chat, deepseekChat, openrouterChat, qwenChat, localChat, gemini].map((vendor) => [
    vendor.name,
    vendor,
  ]),
);

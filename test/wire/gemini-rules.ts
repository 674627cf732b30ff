import type { Gemini } from './gemini-models.ts';
import { type Fields, fields, list, text } from './json.ts';
import type { Memory } from './vendor.ts';

/** The first rule that a request breaks, in the words of the service, or null. */
export function broken(body: Fields, id: string, model: Gemini, memory: Memory): string | null {
  return (
    shape(body) ?? generation(body, model) ?? conversation(list(body.contents)) ?? signatures(body, id, model, memory)
  );
}

/** https://ai.google.dev/gemini-api/docs/thinking: on unless a budget of 0 turns it off. */
export function thinks(body: Fields, model: Gemini): boolean {
  const budget = fields(fields(body.generationConfig).thinkingConfig).thinkingBudget;
  return !(model.budget?.canBeZero && budget === 0);
}

const known =
  'contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent labels serviceTier store'.split(
    ' ',
  );

/** https://ai.google.dev/api/generate-content#request-body; unknown names are refused by the JSON reader. */
function shape(body: Fields): string | null {
  const extra = Object.keys(body).find((key) => !known.includes(key));
  if (extra) return `Invalid JSON payload received. Unknown name "${extra}": Cannot find field.`;
  const contents = list(body.contents);
  if (contents.length === 0) return '* GenerateContentRequest.contents: contents is not specified\n';
  for (const [index, content] of contents.entries()) {
    if (content.role !== undefined && !['user', 'model'].includes(text(content.role)))
      return 'Please use a valid role: user, model.';
    const parts = list(content.parts);
    if (parts.length === 0)
      return `* GenerateContentRequest.contents[${index}].parts: contents.parts must not be empty.\n`;
    const empty = parts.findIndex(
      (part) =>
        !(
          'text' in part ||
          'functionCall' in part ||
          'functionResponse' in part ||
          'inlineData' in part ||
          'fileData' in part
        ),
    );
    if (empty >= 0)
      return `* GenerateContentRequest.contents[${index}].parts[${empty}].data: required oneof field 'data' must have one initialized field\n`;
  }
  return null;
}

/** …/docs/thinking and …/docs/text-generation */
function generation(body: Fields, model: Gemini): string | null {
  const config = fields(body.generationConfig);
  const { thinkingLevel, thinkingBudget } = fields(config.thinkingConfig);
  if (thinkingLevel !== undefined && thinkingBudget !== undefined)
    return 'You can only set only one of thinking budget and thinking level.';
  if (thinkingLevel !== undefined) {
    if (model.levels.length === 0) return 'Thinking level is not supported for this model.';
    const level = String(thinkingLevel).toLowerCase();
    if (!model.levels.includes(level))
      return `Thinking level ${level.toUpperCase()} is not supported for this model. Please retry with other thinking level.`;
  }
  if (thinkingBudget !== undefined) {
    const range = model.budget;
    const budget = Number(thinkingBudget);
    if (!range) return 'Thinking budget is not supported for this model.';
    if (budget === 0 && !range.canBeZero) return 'Budget 0 is invalid. This model only works in thinking mode.';
    if (budget !== 0 && budget !== -1 && (budget < range.least || budget > range.most))
      return `The thinking budget ${budget} is invalid. Please choose a value between ${range.least} and ${range.most}.`;
  }
  const limit = config.maxOutputTokens;
  if (limit !== undefined && (Number(limit) < 1 || Number(limit) > model.maxOutputTokens))
    return `Unable to submit request because it has a maxOutputTokens value of ${String(limit)} but the supported range is from 1 (inclusive) to ${model.maxOutputTokens + 1} (exclusive). Update the value and try again.`;
  const temperature = config.temperature;
  if (temperature !== undefined && (Number(temperature) < 0 || Number(temperature) > 2))
    return `Unable to submit request because it has a temperature value of ${String(temperature)} but the supported range is from 0 (inclusive) to 2.0 (inclusive).`;
  return null;
}

/** …/docs/function-calling; wording from public issues of google-gemini/gemini-cli (#5443, #4217). */
function conversation(contents: Fields[]): string | null {
  for (const [index, content] of contents.entries()) {
    const calls = named(content, 'functionCall');
    const answers = named(content, 'functionResponse');
    const before = contents[index - 1];
    if (calls.length > 0 && (index === 0 || before?.role === 'model'))
      return 'Please ensure that function call turn comes immediately after a user turn or after a function response turn.';
    if (answers.length > 0) {
      const asked = before ? named(before, 'functionCall') : [];
      if (asked.length === 0)
        return 'Please ensure that function response turn comes immediately after a function call turn.';
      if (asked.length !== answers.length) return counts;
      const names = (list: Fields[]) => list.map((one) => text(one.name)).sort();
      if (names(asked).join() !== names(answers).join()) return counts;
      const ids = asked.map((one) => text(one.id)).filter(Boolean);
      const given = answers.map((one) => text(one.id)).filter(Boolean);
      if (given.some((id) => !ids.includes(id))) return counts;
    } else if (before && named(before, 'functionCall').length > 0) return counts;
  }
  return named(contents.at(-1) ?? {}, 'functionCall').length > 0 ? counts : null;
}

const counts =
  'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';

function named(content: Fields, name: string): Fields[] {
  return list(content.parts).flatMap((part) => (part[name] === undefined ? [] : [fields(part[name])]));
}

/** Stand-ins that the documentation allows for history of another model. …/thought-signatures#faqs */
const standIns = ['context_engineering_is_the_way_to_go', 'skip_thought_signature_validator'];

/**
 * …/docs/thought-signatures: in the current turn the first call of each step comes back with its signature. One that
 * another model gave is not readable (docs.apiyi.com/en/faq/gemini-thought-signature-missing).
 */
function signatures(body: Fields, id: string, model: Gemini, memory: Memory): string | null {
  const contents = list(body.contents);
  const turn = contents.findLastIndex(
    (content) => content.role !== 'model' && list(content.parts).some((part) => part.text !== undefined),
  );
  for (const [index, content] of contents.entries()) {
    if (content.role !== 'model') continue;
    const parts = list(content.parts);
    const wrong = parts.find((part) => {
      const signature = text(part.thoughtSignature);
      return signature && !standIns.includes(signature) && memory.issued.get(signature)?.model !== id;
    });
    if (wrong) return 'Corrupted thought signature.';
    const first = parts.find((part) => part.functionCall);
    if (!model.checksSignatures || index < turn || !first) continue;
    if (!first.thoughtSignature)
      return `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${text(fields(first.functionCall).name)}\` , position ${index + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`;
    const issued = memory.issued.get(text(first.thoughtSignature));
    if (issued && fields(issued.value.functionCall).name !== fields(first.functionCall).name)
      return 'Corrupted thought signature.';
  }
  return null;
}

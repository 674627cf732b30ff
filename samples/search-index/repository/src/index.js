import { words } from './words.js';

/** An inverted index: for each word, how often it stands in each document. */
export class SearchIndex {
  #postings = new Map();
  #titles = new Map();

  add(id, title, body) {
    if (this.#titles.has(id)) {
      throw new Error(`document ${id} is there already`);
    }
    this.#titles.set(id, title);
    this.#count(id, title, 3);
    this.#count(id, body, 1);
  }

  #count(id, text, weight) {
    for (const word of words(text)) {
      const counts = this.#postings.get(word) ?? new Map();
      counts.set(id, (counts.get(id) ?? 0) + weight);
      this.#postings.set(word, counts);
    }
  }

  /** Documents that hold every word of the query, best first; equal scores in order of title. */
  search(query) {
    const lists = words(query).map((word) => this.#postings.get(word) ?? new Map());
    if (lists.length === 0) {
      return [];
    }
    const results = [];
    for (const [id, title] of this.#titles) {
      if (lists.every((counts) => counts.has(id))) {
        const score = lists.reduce((sum, counts) => sum + counts.get(id), 0);
        results.push({ id, title, score });
      }
    }
    return results.sort((left, right) => right.score - left.score && left.title.localeCompare(right.title));
  }
}

/**
 * Does work once for all who ask for the same in one turn of the event loop. It begins when all of them have asked, so nobody
 * gets an answer that is older than the question.
 */
export class OncePerTurn<Subject, Answer> {
  readonly #work: (subject: Subject) => Answer | Promise<Answer>;
  readonly #asked = new Map<Subject, Promise<Answer>>();

  constructor(work: (subject: Subject) => Answer | Promise<Answer>) {
    this.#work = work;
  }

  ask(subject: Subject): Promise<Answer> {
    const asked = this.#asked.get(subject) ?? this.#answer(subject);
    this.#asked.set(subject, asked);
    return asked;
  }

  async #answer(subject: Subject): Promise<Answer> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#asked.delete(subject);
    return this.#work(subject);
  }
}

/**
 * Does `work` on each, a few at a time, and answers in the order in which they came: the far end is waited for, not one after the
 * other. What one throws is thrown in its turn; no more is begun behind it.
 */
export async function* ordered<In, Out>(
  items: AsyncIterable<In> | Iterable<In>,
  atOnce: number,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const running: Promise<Out>[] = []
  for await (const item of items) {
    const one = work(item)
    // it is awaited in its turn, and until then is nobody's unhandled rejection
    one.catch(() => undefined)
    running.push(one)
    if (running.length >= atOnce) yield await (running.shift() as Promise<Out>)
  }
  while (running.length > 0) yield await (running.shift() as Promise<Out>)
}

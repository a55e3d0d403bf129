/** Things that are due at some time, the earliest first: a binary heap from which any can be taken. */

export interface Timed {
  /** Ms since the epoch. */
  deadlineMs: number;
  /** Its place in the heap, -1 outside; the heap's own. */
  heapIndex: number;
}

export class Deadlines<T extends Timed> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest one. */
  get first(): T | undefined {
    return this.#heap[0];
  }

  add(item: T): void {
    this.#heap.push(item);
    this.#up(item, this.#heap.length - 1);
  }

  /** Takes one out; nothing happens where it is not in. */
  remove(item: T): void {
    const index = item.heapIndex;
    if (index < 0) return;
    item.heapIndex = -1;
    const last = this.#heap.pop()!;
    if (last === item) return;
    this.#up(last, index);
    this.#down(last, last.heapIndex);
  }

  #put(item: T, index: number): void {
    this.#heap[index] = item;
    item.heapIndex = index;
  }

  #up(item: T, index: number): void {
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#heap[parent].deadlineMs <= item.deadlineMs) break;
      this.#put(this.#heap[parent], index);
      index = parent;
    }
    this.#put(item, index);
  }

  #down(item: T, index: number): void {
    const { length } = this.#heap;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= length) break;
      if (
        child + 1 < length && this.#heap[child + 1].deadlineMs < this.#heap[child].deadlineMs
      ) child++;
      if (this.#heap[child].deadlineMs >= item.deadlineMs) break;
      this.#put(this.#heap[child], index);
      index = child;
    }
    this.#put(item, index);
  }
}

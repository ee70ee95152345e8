/** What the commands of one commit have made, whose rows the ledger knows by their handles only. */
import type { NodeRow } from "../store/contract.js";
import type { Decision } from "./decide.js";

/** New nodes and holds. Most commits make one hold or none: nothing is kept for what there is none of. */
export class Made {
  #nodes: Map<number, NodeRow> | undefined;
  #holds: Map<number, string> | undefined;

  /** Takes in what a decision made. */
  note({ newNode, newHold }: Decision): void {
    if (newNode !== null) {
      this.#nodes ??= new Map();
      this.#nodes.set(newNode.handle, newNode.row);
    }
    if (newHold !== null) {
      this.#holds ??= new Map();
      this.#holds.set(newHold.handle, newHold.id);
    }
  }

  /** Whether there is a new node. */
  get addsNode(): boolean {
    return this.#nodes !== undefined;
  }

  /** The new node at a handle. */
  nodeAt(handle: number): NodeRow | undefined {
    return this.#nodes?.get(handle);
  }

  /** The handle of the new node with an id. */
  handleOf(id: number): number | undefined {
    for (const [handle, row] of this.#nodes ?? []) if (row.id === id) return handle;
    return undefined;
  }

  /** The id of the new hold at a handle. */
  holdAt(handle: number): string | undefined {
    return this.#holds?.get(handle);
  }
}

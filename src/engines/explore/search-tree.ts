// SPDX-License-Identifier: GPL-2.0-only
/**
 * The search tree as several searches share it. Each explores a subtree below a leaf by itself; what they find that has to be run elsewhere is put in
 * here, and the leaves may be taken in any order: a branch leaves to its elder siblings what they cover, run by now or not, so that the executions in
 * all are those of one search, each once.
 *
 * Reference: Abdulla, Aronis, Jonsson, Sagonas (POPL 2014), section 6, where branches are run in the order in which they were inserted.
 */
import { Footprint } from '../../../cpu/footprint.ts';
import { type Forest, flatten, preorder, unflatten } from './forest.ts';
import { type Insertion, Reviver, type Subtree } from './subtree.ts';
import { graft, type Node } from './wakeup-tree.ts';

/** One subtree, given out: the nodes from the root of the tree to its leaf. */
export interface Share {
  readonly path: readonly Node[];
  readonly subtree: Subtree;
}

/** The tree as plain data; a node is its number in preorder. */
export interface TreeImage {
  nodes: Forest;
  begun: readonly number[];
  finished: readonly number[];
  waiting: readonly { path: readonly number[]; subtree: Subtree }[];
}

const ROOT = (): Forest => ({ roots: 1, events: [new Footprint()], closed: [true], degrees: [0] });

/** Given out at once, at most. */
const MOST_LEAVES = 64;

export class SearchTree {
  private readonly root: Node;
  /** Leaves that were given out, also those that have been split since. */
  private readonly begun: Set<Node>;
  private readonly finished: Set<Node>;
  /** Begun, and at the moment nobody's. */
  private readonly waiting: Share[];
  private running = 0;

  constructor(image?: TreeImage) {
    const { nodes = ROOT(), begun = [], finished = [], waiting = [] } = image ?? {};
    const reviver = new Reviver();
    const roots = unflatten(reviver.forest(nodes));
    const all = [...preorder(roots)];
    const named = (numbers: readonly number[]): Node[] => numbers.map((i) => all[i]!);
    this.root = roots[0]!;
    this.begun = new Set(named(begun));
    this.finished = new Set(named(finished));
    this.waiting = waiting.map(({ path, subtree }) => ({ path: named(path), subtree: reviver.subtree(subtree) }));
  }

  get over(): boolean {
    return this.finished.has(this.root);
  }

  /**
   * Gives subtrees out, or nothing while all are: one that somebody has begun, or a share of the leaves that nobody has, the highest first, since the
   * higher, the more is below. Leaves near each other have most of their frames in common.
   * @param sharers how many work on the tree
   */
  take(sharers: number): Share[] {
    const begun = this.waiting.shift();
    const shares = begun !== undefined ? [begun] : this.fresh(sharers);
    this.running += shares.length;
    return shares;
  }

  private fresh(sharers: number): Share[] {
    const leaves = this.begun.has(this.root) ? this.leaves() : [[]];
    return leaves.slice(0, Math.min(MOST_LEAVES, Math.ceil(leaves.length / (2 * sharers)))).map((path) => {
      this.begun.add(path.at(-1) ?? this.root);
      return { path, subtree: { root: path.length, frames: this.framesOf(path) } };
    });
  }

  /** The paths of all leaves that nobody has begun, the highest first. */
  private leaves(): Node[][] {
    const found: Node[][] = [];
    for (let level: Node[][] = [[]]; level.length > 0; ) {
      const below: Node[][] = [];
      for (const path of level) {
        for (const child of (path.at(-1) ?? this.root).children) {
          const isLeaf = child.closed && !this.begun.has(child);
          if (isLeaf || child.children.length > 0) (isLeaf ? found : below).push([...path, child]);
        }
      }
      level = below;
    }
    return found;
  }

  private framesOf(path: readonly Node[]): Subtree['frames'] {
    return path.map((node, d) => {
      const { children } = this.nodeAbove(path, d);
      const at = children.indexOf(node);
      const own: Node = { event: node.event, children: [], closed: true };
      const branches = flatten([own, ...children.slice(at + 1)], true);
      return { sleep: children.slice(0, at).map((n) => n.event), inherited: -1, branches };
    });
  }

  private nodeAbove(path: readonly Node[], depth: number): Node {
    return depth === 0 ? this.root : path[depth - 1]!;
  }

  /**
   * Takes back a subtree that was given out.
   * @param rest what is left to run of it, or null
   * @param outside what its search found to be run elsewhere
   * @param contexts of the machine
   */
  giveBack({ path }: Share, rest: Subtree | null, outside: readonly Insertion[], contexts: number): void {
    this.running--;
    for (const { depth, v } of outside) {
      const { children } = this.nodeAbove(path, depth);
      graft(children, children.indexOf(path[depth]!) + 1, v, contexts);
    }
    if (rest !== null) {
      this.waiting.push({ path, subtree: rest });
      return;
    }
    this.finished.add(path.at(-1) ?? this.root);
    this.drop();
  }

  /** How much has been run and given back, 0 to 1, if branches beside each other are equally large and no other is found. */
  get explored(): number {
    let sum = 0;
    const waiting: [Node, number][] = [[this.root, 1]];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const [node, weight] = at;
      if (this.finished.has(node)) sum += weight;
      else for (const child of node.children) waiting.push([child, weight / node.children.length]);
    }
    return sum;
  }

  /** Share of the tree that some subtrees are, by the same reckoning. */
  weightOf(shares: readonly Share[]): number {
    let sum = 0;
    for (const { path } of shares) sum += path.reduce((weight, _, d) => weight / this.nodeAbove(path, d).children.length, 1);
    return sum;
  }

  /** Makes leaves of the branches that lie highest in some subtree which is nobody's. @returns false if there is none */
  split(): boolean {
    const i = this.waiting.findIndex(({ subtree }) => highestBranch(subtree) >= 0);
    if (i < 0) return false;
    const { path, subtree } = this.waiting[i]!;
    const { frames } = subtree;
    const d = highestBranch(subtree);
    const longer = [...path];
    for (let k = subtree.root; k <= d; k++) {
      const { sleep, inherited, branches } = frames[k]!;
      const elder = sleep.slice(inherited).map((event): Node => ({ event, children: [], closed: true }));
      const [now, ...others] = unflatten(branches);
      const own: Node = { event: now!.event, children: [], closed: true };
      for (const n of elder) this.finished.add(n);
      for (const n of [...elder, own]) this.begun.add(n);
      this.nodeAbove(longer, k).children = [...elder, own, ...unflatten(flatten(others, true))];
      longer.push(own);
    }
    this.waiting[i] = { path: longer, subtree: { root: d + 1, frames } };
    return true;
  }

  /** Forgets what is below nodes that are finished, unless a search that may still insert there goes on. */
  private drop(): void {
    const path: Visit[] = [{ node: this.root, next: 0, eldersFinished: true, all: true }];
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const child = at.node.children[at.next++];
      if (child !== undefined) path.push({ node: child, next: 0, eldersFinished: at.eldersFinished && at.all, all: true });
      else {
        path.pop();
        const above = path.at(-1);
        if (!this.settle(at) && above !== undefined) above.all = false;
      }
    }
  }

  /** The last step of a visit. @returns whether all that is to be run from the node, or below, is finished */
  private settle({ node, eldersFinished, all }: Visit): boolean {
    // A leaf that was split is finished with its last piece; the piece that went on with its search is one of its children.
    if (node.closed && node.children.length === 0) return this.finished.has(node);
    if (!all) return false;
    if (node.closed) this.finished.add(node);
    if (eldersFinished) {
      for (const child of node.children) this.forget(child);
      node.children = [];
    }
    return true;
  }

  private forget(node: Node): void {
    this.begun.delete(node);
    this.finished.delete(node);
  }

  /** Only while nothing is given out: what goes on would be missing. */
  get image(): TreeImage {
    if (this.running > 0) throw new RangeError('a subtree is given out');
    const all = new Map([...preorder([this.root])].map((node, i) => [node, i]));
    const numbers = (nodes: Iterable<Node>): number[] => [...nodes].map((node) => all.get(node)!);
    return {
      nodes: flatten([this.root]),
      begun: numbers(this.begun),
      finished: numbers(this.finished),
      waiting: this.waiting.map(({ path, subtree }) => ({ path: numbers(path), subtree })),
    };
  }
}

/** Of a node, on the way through the tree: which child is next, and whether those before it are finished. */
interface Visit {
  readonly node: Node;
  next: number;
  readonly eldersFinished: boolean;
  all: boolean;
}

/** Depth of the first frame of the subtree with a branch that is not being run, or -1. */
const highestBranch = ({ root, frames }: Subtree): number => frames.findIndex(({ branches }, d) => d >= root && branches.roots > 1);

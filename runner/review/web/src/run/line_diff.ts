// Which lines two texts do not share: the longest common subsequence, for texts of some length.

export interface ChangedLines {
  a: Set<number>;
  b: Set<number>;
}

const kMostLines = 1500;

export function changedLines(a: string, b: string): ChangedLines {
  const left = a.split("\n");
  const right = b.split("\n");
  const changed: ChangedLines = { a: new Set(), b: new Set() };
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  let leftEnd = left.length;
  let rightEnd = right.length;
  while (leftEnd > start && rightEnd > start && left[leftEnd - 1] === right[rightEnd - 1]) {
    leftEnd--;
    rightEnd--;
  }
  const kept = common(left.slice(start, leftEnd), right.slice(start, rightEnd));
  for (let at = start; at < leftEnd; at++) if (!kept.a.has(at - start)) changed.a.add(at);
  for (let at = start; at < rightEnd; at++) if (!kept.b.has(at - start)) changed.b.add(at);
  return changed;
}

function common(left: string[], right: string[]): ChangedLines {
  const kept: ChangedLines = { a: new Set(), b: new Set() };
  if (left.length > kMostLines || right.length > kMostLines) return kept;
  const width = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        left[i] === right[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    if (left[i] === right[j]) {
      kept.a.add(i++);
      kept.b.add(j++);
    } else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  }
  return kept;
}

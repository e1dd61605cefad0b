export type Kind = "text" | "title" | "list" | "table" | "figure";
export interface Block { kind: Kind; score: number; box: Float32Array }
export function blocks(source: ImageBitmapSource, options?: { threshold?: number; kinds?: Kind[] }): Promise<Block[]>;

export function squareInside(
  numbers: number[],
): Promise<{ squares: number[]; outer: number; inner: number[]; state: string; left: number }>
export function troubleInside(): Promise<{ outer: number; crash: string; exitCode: number; loop: string }>
export function leavePoolBehind(): Promise<string>

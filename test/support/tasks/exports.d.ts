import type { WorkContext } from 'threadcrew'

type ContextFacts = [id: string, workerId: string, threadId: number, label: string | undefined]

export function count(): number
export function add(a: number, b: number): Promise<number>
export function surroundings(): { base: string; place: string; file: string }
export function viaThis(this: WorkContext): ContextFacts
export function viaContext(): ContextFacts
export function isSameContext(): boolean
export function contextOnTheWay(): Promise<string[]>
export class Shape {}
export const version: string
export const nothing: null
export default function (name: string): string

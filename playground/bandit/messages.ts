export type BanditInput = never;
export type BanditEvent = never;

export async function* learn(): AsyncGenerator<never> {}

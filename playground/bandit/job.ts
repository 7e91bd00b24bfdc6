export async function* bandit(): AsyncGenerator<never> {}

// Functions of the page that we call. One that throws is the page's own mistake: its own handlers are told of it, and we go on.

export function tell<A extends unknown[]>(told: (...parameters: A) => void, ...parameters: A): void {
  try {
    told(...parameters);
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}

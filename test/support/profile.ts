// The profile of a run: `soak` repeats what depends on chance as often as it takes to find what is rare.

export const isSoak: boolean = process.env["LAUREL_TEST_PROFILE"] === "soak";

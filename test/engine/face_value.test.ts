// What a reward is worth: what its supplier says, or a fraction of what was bought.

import { describe, expect, test } from "vitest";
import type { SupplierDocument } from "../../src/model/campaign.ts";
import { datum, earn, fromEvent, on, programme, Story, supplier } from "../support/story.ts";

const ANN = { email: "ann@x.com" };

describe("the face value", () => {
  function faceValues(of: Partial<SupplierDocument>, amounts: (string | undefined)[]): number[] {
    const bought = on("bought", { data: [datum("amount", "VALUE")], actions: [earn("CREDIT")] });
    const story = new Story(programme([bought], { suppliers: [supplier("CREDIT", of)] }));
    for (const amount of amounts) story.happens("bought", { ...ANN, ...(amount === undefined ? {} : { amount }) });
    return story.who("ann@x.com").rewards.map((own) => own.faceValue);
  }
  const cashBack = { face_value_algorithm_type: "CASH_BACK", face_value: 0 } as const;

  test("of a FIXED supplier is what the supplier says, whatever was bought", () => {
    expect(faceValues({ face_value: 12.5 }, ["1000", undefined])).toEqual([12.5, 12.5]);
  });

  test("of a CASH_BACK supplier is its fraction of the value", () => {
    expect(faceValues({ ...cashBack, cash_back_percentage: 0.1 }, ["120", "89.90", "0"])).toEqual([12, 8.99, 0]);
  });

  test("is never below the minimum and never above the maximum, bounds included", () => {
    const bounds = { ...cashBack, cash_back_percentage: 1, cash_back_min: 5, cash_back_max: 500 };
    expect(faceValues(bounds, ["4.99", "5", "5.01", "499.99", "500", "500.01", "1000000"])).toEqual([
      5, 5, 5.01, 499.99, 500, 500, 500,
    ]);
  });

  test("is rounded to hundredths, half up", () => {
    const amounts = ["0.04", "0.05", "0.35", "1.45", "10.05", "89.99"];
    const shares = [0, 0.01, 0.04, 0.15, 1.01, 9];
    expect(faceValues({ ...cashBack, cash_back_percentage: 0.1 }, amounts)).toEqual(shares);
  });

  test("without a value is the minimum", () => {
    expect(faceValues({ ...cashBack, cash_back_percentage: 0.1, cash_back_min: 2 }, [undefined, "a lot"])).toEqual([
      2, 2,
    ]);
    expect(faceValues({ ...cashBack, cash_back_percentage: 0.1 }, [undefined])).toEqual([0]);
  });

  test("of a refund is never negative where the minimum is not", () => {
    expect(faceValues({ ...cashBack, cash_back_percentage: 0.1, cash_back_min: 0 }, ["-50"])).toEqual([0]);
  });

  test("counts the value that the action names before that of the step", () => {
    const bought = on("bought", {
      data: [datum("amount", "VALUE")],
      actions: [earn("CREDIT", { value_of_event_being_rewarded: fromEvent("net") })],
    });
    const story = new Story(
      programme([bought], { suppliers: [supplier("CREDIT", { ...cashBack, cash_back_percentage: 0.5 })] }),
    );
    story.happens("bought", { ...ANN, amount: "100", net: "80" });
    expect(story.onlyReward(story.who("ann@x.com"))).toMatchObject({ faceValue: 40, valueOfRewardedEvent: 80 });
  });
});

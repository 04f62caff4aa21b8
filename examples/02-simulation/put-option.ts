// Owns what it costs to insure a price against falling below a level: the value of a put option.

/**
 * The Black-Scholes value of a European put ("The pricing of options and corporate liabilities", 1973), without interest.
 * @param price today
 * @param strike the level that is insured
 * @param deviation standard deviation of the logarithm of the price over the time insured, above 0
 */
export function putValue(price: number, strike: number, deviation: number): number {
  const d1 = Math.log(price / strike) / deviation + deviation / 2;
  return strike * normalShareBelow(deviation - d1) - price * normalShareBelow(-d1);
}

/** The standard normal distribution function, to 7.5e-8: Abramowitz and Stegun, 26.2.17. */
function normalShareBelow(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const polynomial =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return x < 0 ? tail : 1 - tail;
}

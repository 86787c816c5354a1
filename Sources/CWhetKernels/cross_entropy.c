// Log-softmax of one row of logits under a temperature, its entropy, and the slope of both. With z = logits /
// temperature, L = log Σ exp z and p = exp(z − L): logp[t] = z[t] − L, entropy H = L − Σ p z.
#include "vectors.h"
#include "whet_kernels.h"

KERNEL(
    float, whet_log_sum_exp,
    (long vocabulary, const float *logits, float inverse_temperature),
    (vocabulary, logits, inverse_temperature)) {
    long whole = vocabulary / LANES * LANES;
    floats top = splat(-INFINITY);
    for (long j = 0; j < whole; j += LANES) top = maximum(top, load(logits + j) * inverse_temperature);
    float highest = largest(top);
    for (long j = whole; j < vocabulary; j++) highest = fmaxf(highest, logits[j] * inverse_temperature);
    floats total = splat(0);
    for (long j = 0; j < whole; j += LANES) total += exponential(load(logits + j) * inverse_temperature - highest);
    float rest = 0;
    if (whole < vocabulary) {
        floats last = splat(-INFINITY);
        for (long j = whole; j < vocabulary; j++) last[j - whole] = logits[j] * inverse_temperature - highest;
        rest = sum(exponential(last));
    }
    return highest + logf(sum(total) + rest);
}

KERNEL(
    float, whet_entropy,
    (long vocabulary, const float *logits, float inverse_temperature, float log_sum),
    (vocabulary, logits, inverse_temperature, log_sum)) {
    floats total = splat(0);  // Σ p log p
    for (long j = 0; j < vocabulary; j += LANES) {
        floats z = load_upto(logits + j, vocabulary - j) * inverse_temperature - log_sum;
        if (vocabulary - j < LANES)
            for (long lane = vocabulary - j; lane < LANES; lane++) z[lane] = -1000;  // p = 0 there
        total += exponential(z) * z;
    }
    return -sum(total);
}

// dlogits[j] = (g (1[j = t] − p_j) − g_entropy p_j (log p_j + H)) / temperature
KERNEL(
    void, whet_cross_entropy_backward,
    (long vocabulary, float *logits, float inverse_temperature, float log_sum, float entropy, long target, float g,
     float g_entropy),
    (vocabulary, logits, inverse_temperature, log_sum, entropy, target, g, g_entropy)) {
    for (long j = 0; j < vocabulary; j += LANES) {
        floats z = load_upto(logits + j, vocabulary - j) * inverse_temperature - log_sum;
        floats p = exponential(z);
        store_upto(
            logits + j, p * (-g - g_entropy * (z + entropy)) * inverse_temperature, vocabulary - j);
    }
    logits[target] += g * inverse_temperature;
}

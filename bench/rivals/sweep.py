"""One sweep in NumPy, twice: `good` (matrix products, no N x K x K array, exact gradient) and `paper` (broadcasted
N x K x K tensors, eqs. 1 and 2 of the paper, as its authors describe their code; its own fixed-point gradient).

    sweep.py FILE      then on stdin: "time good MS" -> least milliseconds of CPU a sweep; "value paper" -> F, gradient

FILE is that of sweep.c. One thread.
"""
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np

raw = open(sys.argv[1], "rb").read()
N, K, d, kind = np.frombuffer(raw, np.int64, 4)
beta, kappa, zeta, gamma, T = np.frombuffer(raw, np.float64, 5, 32)
rest = np.frombuffer(raw, np.float64, offset=72)
X = rest[: N * d].reshape(N, d).copy()
rho = rest[N * d : N * d + N].copy()
Y = rest[N * d + N : N * d + N + K * d].reshape(K, d).copy()
P = rest[N * d + N + K * d :].reshape(K, K).copy()
XX = (X * X).sum(1)


def squared(A, B, AA=None):
    """Squared distances by one matrix product."""
    AA = (A * A).sum(1) if AA is None else AA
    D = A @ B.T
    D *= -2.0
    D += AA[:, None]
    D += (B * B).sum(1)
    return D


def softmin(prices):
    low = prices.min(1, keepdims=True)
    w = np.exp(-beta * (prices - low))
    z = w.sum(1, keepdims=True)
    F = rho @ (low - np.log(z) / beta)[:, 0]
    w *= rho[:, None] / z
    return F, w


def affinities():
    between = ((Y[:, None] - Y[None]) ** 2).sum(2)
    off = between + np.diag(np.full(K, np.inf))
    return np.exp(-zeta / T * (off - off.min(1, keepdims=True)))


def good():
    return good_entity() if kind == 4 else good_table()


def good_table():
    """No autonomy, a table, or the softmax that ignores the entity: one pass with effective centers."""
    p, centers, offset = P, Y, 0.0
    if kind == 3:
        shares = affinities()
        shares /= shares.sum(1, keepdims=True)
        p = kappa * shares + (1 - kappa) * np.eye(K)
    if kind != 0:
        centers = p @ Y
        offset = (p * ((Y[None] - centers[:, None]) ** 2).sum(2)).sum(1)
    F, w = softmin(squared(X, centers, XX) + offset)
    numerator, mass = w.T @ X, w.sum(0)
    if kind == 0:
        return F, 2 * (mass[:, None] * Y - numerator)
    gradient = 2 * ((p.T @ mass)[:, None] * Y - p.T @ numerator)
    if kind == 3:
        value = mass[:, None] * (Y * Y).sum(1) - 2 * numerator @ Y.T
        pull = -2 * kappa * zeta / T * shares * (value - (shares * value).sum(1, keepdims=True))
        both = pull + pull.T
        gradient += both.sum(1)[:, None] * Y - both @ Y
    return F, gradient


def good_entity():
    """The softmax that sees the entity, factorized: N K exponentials and matrix products."""
    D = squared(X, Y, XX)
    A = affinities()
    B = np.exp(-gamma / T * (D - D.min(1, keepdims=True)))
    H = B * D
    E = B @ A.T
    M = (H @ A.T) / E
    F, w = softmin((1 - kappa) * D + kappa * M)
    G = kappa * w / E
    Q = G * M
    back = G @ A
    bent = B * (D * back - Q @ A)
    weight = (1 - kappa) * w + B * back - gamma / T * bent
    gradient = 2 * (weight.sum(0)[:, None] * Y - weight.T @ X)
    pull = -2 * zeta / T * A * (G.T @ H - Q.T @ B)
    both = pull + pull.T
    return F, gradient + both.sum(1)[:, None] * Y - both @ Y


def paper():
    D = ((X[:, None, :] - Y[None, :, :]) ** 2).sum(2)  # N x K
    if kind == 0:
        p = np.broadcast_to(np.eye(K), (N, K, K)).copy()
    elif kind == 1:
        p = np.broadcast_to(P, (N, K, K)).copy()
    else:
        between = ((Y[:, None, :] - Y[None, :, :]) ** 2).sum(2)
        cost = zeta * between[None, :, :] + gamma * D[:, None, :]  # N x K x K
        cost[:, np.arange(K), np.arange(K)] = np.inf
        p = np.exp(-(cost - cost.min(2, keepdims=True)) / T)
        p = kappa * p / p.sum(2, keepdims=True)
        p[:, np.arange(K), np.arange(K)] = 1 - kappa
    average = (p * D[:, None, :]).sum(2)  # N x K
    low = average.min(1, keepdims=True)
    weights = np.exp(-beta * (average - low))
    total = weights.sum(1, keepdims=True)
    policy = weights / total
    F = (rho * (low - np.log(total) / beta)[:, 0]).sum()
    realized = rho[:, None] * (policy[:, :, None] * p).sum(1)  # N x K
    mass = realized.sum(0)
    centers = (realized[:, :, None] * X[:, None, :]).sum(0) / mass[:, None]  # eq. 2
    return F, 2 * mass[:, None] * (Y - centers)


SWEEPS = {"good": good, "paper": paper}
for line in sys.stdin:
    what, which, *budget = line.split()
    sweep = SWEEPS[which]
    if what == "value":
        F, gradient = sweep()
        print(" ".join(repr(float(x)) for x in [F, *gradient.ravel()]), flush=True)
    else:
        best = float("inf")
        end = time.perf_counter() + float(budget[0]) / 1e3
        while True:
            start = time.process_time()
            sweep()
            best = min(best, time.process_time() - start)
            if time.perf_counter() >= end:
                break
        print(best * 1e3, flush=True)

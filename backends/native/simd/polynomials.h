/* Made by scripts/native/polynomials.py. Coefficients from the highest power to the lowest, for POLYNOMIAL(x, ...). */

/* (exp(r) - 1 - r) / r^2, |r| <= ln(2) / 2; error over the largest value 2^-23.0. */
#define EXP_POLYNOMIAL 0.00139261759f, 0.00836317334f, 0.0416665561f, 0.166665778f, 0.5f

/* r coth(r / 2) in r^2, |r| <= ln(2) / 2; error over the largest value 2^-28.1. */
#define EXP_QUOTIENT -0.00276590185f, 0.166666135f, 2.0f

/* (log(1 + f) - f + f^2 / 2) / f^3, sqrt(1/2) <= 1 + f <= sqrt(2); error over the largest value 2^-23.7. */
#define LOG_POLYNOMIAL \
    0.0697161183f, -0.114797339f, 0.116854198f, -0.124256872f, 0.142490581f, -0.166678026f, 0.200007156f, -0.24999997f, 0.333333313f

/* erf(x) / x - 1 in x^2, |x| <= 1; error over the largest value 2^-24.8. */
#define ERF_POLYNOMIAL 7.87587487e-5f, -0.00080168643f, 0.00518908724f, -0.0268542115f, 0.112835944f, -0.37612626f, 0.128379166f

/* erfc(a) exp(a^2) (a + 3) in t = (a - 3) / (a + 3), 0 <= a <= 10; error over the largest value 2^-28.1. */
#define ERFC_POLYNOMIAL                                                                                                              \
    -4.86613953e-6f, -0.000339458755f, -0.00049223454f, 0.00308673177f, -0.0012195023f, -0.0268405043f, 0.119527571f, -0.310466021f, \
        0.590228379f, -0.88339448f, 1.07400692f

/* Tiers of any width in what every processor has: the logic of wide vectors, tested where there are none. The file that includes this says
 * LANES and TIER; tiles are low, so that heights that do not divide come up often. */
#define NOTHING_UNROLLED
#define TILE_ROWS_1 5
#define TILE_ROWS_2 4
#define TILE_ROWS_3 3
#define EACH_TILE_1(M) M(1, 1) M(2, 1) M(3, 1) M(4, 1) M(5, 1)
#define EACH_TILE_2(M) M(1, 2) M(2, 2) M(3, 2) M(4, 2)
#define EACH_TILE_3(M) M(1, 3) M(2, 3) M(3, 3)

#define V_PICK(mask, a, b) ((vf)(((mask) & (vi)(a)) | (~(mask) & (vi)(b))))
#define FUSED 0
#define TAILS (LANES == 16) /* as the tier of that width */
#define V_KEEP(v) ((void)(v))
#define V_FMA(sum, a, b) ((sum) += (a) * (b))
#define V_MAX(a, b) V_PICK((vf)(a) > (vf)(b), a, b)
#define V_MIN(a, b) V_PICK((vf)(a) < (vf)(b), a, b)
#define V_LARGER(best, x) V_PICK((best) != (best), best, V_MAX(best, x))
#define V_MADD(a, b, c) ((a) * (b) + (c))
#define V_EACH(expression)                 \
    __extension__({                        \
        vf all_;                           \
        for (int i_ = 0; i_ < LANES; i_++) \
            all_[i_] = (expression);       \
        all_;                              \
    })
#define V_SQRT(a) V_EACH(__builtin_sqrtf((a)[i_]))
#define V_PERMUTE(v, from) V_EACH((v)[(from)[i_]])

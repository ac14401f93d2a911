// Bounding boxes of the entities of a file.
#include <limits>

#include "../vec.hpp"

using namespace nmc;

int nmc_bounding_boxes(const f64_2 *points_, const i64_1 *starts_, const i32_2 *nodes_,
                       f64_2 *boxes_) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto points = in(*points_);
    const auto starts = in(*starts_);
    const auto nodes = in(*nodes_);
    const auto boxes = out(*boxes_);
    for (i64 k = 0; k < boxes.length(); ++k) {
        const View<double, 1> box = boxes.row(k);
        // An entity without nodes keeps an empty box, which holds no point.
        for (int axis = 0; axis < 3; ++axis) {
            box[axis] = infinity;
            box[3 + axis] = -infinity;
        }
        for (i64 i = starts[k]; i < starts[k + 1]; ++i)
            for (i64 j = 0; j < nodes.shape[1]; ++j) {
                const Vec x = point(points, nodes(i, j));
                for (int axis = 0; axis < 3; ++axis) {
                    box[axis] = least(box[axis], x[axis]);
                    box[3 + axis] = most(box[3 + axis], x[axis]);
                }
            }
    }
    return NMC_OK;
}

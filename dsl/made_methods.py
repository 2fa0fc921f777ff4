"""The methods that records share, made by `make tables`."""

# fmt: off
# ruff: noqa: D103, E501, N807
from __future__ import annotations

from typing import Any


def frozen_0() -> Any:
    def __init__(self: Any) -> Any:
        pass
    return __init__


def frozen_1(set_x0: Any) -> Any:
    def __init__(self: Any, x0: Any) -> Any:
        set_x0(self, x0)
    return __init__


def frozen_2(set_x0: Any, set_x1: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
    return __init__


def frozen_3(set_x0: Any, set_x1: Any, set_x2: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
    return __init__


def frozen_4(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
    return __init__


def frozen_5(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
    return __init__


def frozen_6(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, set_x5: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
        set_x5(self, x5)
    return __init__


def frozen_7(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, set_x5: Any, set_x6: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
        set_x5(self, x5)
        set_x6(self, x6)
    return __init__


def frozen_8(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, set_x5: Any, set_x6: Any, set_x7: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
        set_x5(self, x5)
        set_x6(self, x6)
        set_x7(self, x7)
    return __init__


def frozen_9(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, set_x5: Any, set_x6: Any, set_x7: Any, set_x8: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
        set_x5(self, x5)
        set_x6(self, x6)
        set_x7(self, x7)
        set_x8(self, x8)
    return __init__


def frozen_10(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, set_x5: Any, set_x6: Any, set_x7: Any, set_x8: Any, set_x9: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
        set_x5(self, x5)
        set_x6(self, x6)
        set_x7(self, x7)
        set_x8(self, x8)
        set_x9(self, x9)
    return __init__


def frozen_11(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, set_x5: Any, set_x6: Any, set_x7: Any, set_x8: Any, set_x9: Any, set_x10: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any, x10: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
        set_x5(self, x5)
        set_x6(self, x6)
        set_x7(self, x7)
        set_x8(self, x8)
        set_x9(self, x9)
        set_x10(self, x10)
    return __init__


def frozen_12(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, set_x5: Any, set_x6: Any, set_x7: Any, set_x8: Any, set_x9: Any, set_x10: Any, set_x11: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any, x10: Any, x11: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
        set_x5(self, x5)
        set_x6(self, x6)
        set_x7(self, x7)
        set_x8(self, x8)
        set_x9(self, x9)
        set_x10(self, x10)
        set_x11(self, x11)
    return __init__


def frozen_13(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, set_x5: Any, set_x6: Any, set_x7: Any, set_x8: Any, set_x9: Any, set_x10: Any, set_x11: Any, set_x12: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any, x10: Any, x11: Any, x12: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
        set_x5(self, x5)
        set_x6(self, x6)
        set_x7(self, x7)
        set_x8(self, x8)
        set_x9(self, x9)
        set_x10(self, x10)
        set_x11(self, x11)
        set_x12(self, x12)
    return __init__


def frozen_14(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, set_x5: Any, set_x6: Any, set_x7: Any, set_x8: Any, set_x9: Any, set_x10: Any, set_x11: Any, set_x12: Any, set_x13: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any, x10: Any, x11: Any, x12: Any, x13: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
        set_x5(self, x5)
        set_x6(self, x6)
        set_x7(self, x7)
        set_x8(self, x8)
        set_x9(self, x9)
        set_x10(self, x10)
        set_x11(self, x11)
        set_x12(self, x12)
        set_x13(self, x13)
    return __init__


def frozen_15(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, set_x5: Any, set_x6: Any, set_x7: Any, set_x8: Any, set_x9: Any, set_x10: Any, set_x11: Any, set_x12: Any, set_x13: Any, set_x14: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any, x10: Any, x11: Any, x12: Any, x13: Any, x14: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
        set_x5(self, x5)
        set_x6(self, x6)
        set_x7(self, x7)
        set_x8(self, x8)
        set_x9(self, x9)
        set_x10(self, x10)
        set_x11(self, x11)
        set_x12(self, x12)
        set_x13(self, x13)
        set_x14(self, x14)
    return __init__


def frozen_16(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, set_x5: Any, set_x6: Any, set_x7: Any, set_x8: Any, set_x9: Any, set_x10: Any, set_x11: Any, set_x12: Any, set_x13: Any, set_x14: Any, set_x15: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any, x10: Any, x11: Any, x12: Any, x13: Any, x14: Any, x15: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
        set_x5(self, x5)
        set_x6(self, x6)
        set_x7(self, x7)
        set_x8(self, x8)
        set_x9(self, x9)
        set_x10(self, x10)
        set_x11(self, x11)
        set_x12(self, x12)
        set_x13(self, x13)
        set_x14(self, x14)
        set_x15(self, x15)
    return __init__


def frozen_17(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, set_x5: Any, set_x6: Any, set_x7: Any, set_x8: Any, set_x9: Any, set_x10: Any, set_x11: Any, set_x12: Any, set_x13: Any, set_x14: Any, set_x15: Any, set_x16: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any, x10: Any, x11: Any, x12: Any, x13: Any, x14: Any, x15: Any, x16: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
        set_x5(self, x5)
        set_x6(self, x6)
        set_x7(self, x7)
        set_x8(self, x8)
        set_x9(self, x9)
        set_x10(self, x10)
        set_x11(self, x11)
        set_x12(self, x12)
        set_x13(self, x13)
        set_x14(self, x14)
        set_x15(self, x15)
        set_x16(self, x16)
    return __init__


def frozen_3_makes(set_x0: Any, set_x1: Any, set_x2: Any, made: Any, make_x0: Any, make_x1: Any, make_x2: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any) -> Any:
        set_x0(self, make_x0() if x0 is made else x0)
        set_x1(self, make_x1() if x1 is made else x1)
        set_x2(self, make_x2() if x2 is made else x2)
    return __init__


def frozen_4_makes(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any) -> Any:
        set_x0(self, make_x0() if x0 is made else x0)
        set_x1(self, make_x1() if x1 is made else x1)
        set_x2(self, make_x2() if x2 is made else x2)
        set_x3(self, make_x3() if x3 is made else x3)
    return __init__


def frozen_17_makes(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, set_x5: Any, set_x6: Any, set_x7: Any, set_x8: Any, set_x9: Any, set_x10: Any, set_x11: Any, set_x12: Any, set_x13: Any, set_x14: Any, set_x15: Any, set_x16: Any, made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any, make_x4: Any, make_x5: Any, make_x6: Any, make_x7: Any, make_x8: Any, make_x9: Any, make_x10: Any, make_x11: Any, make_x12: Any, make_x13: Any, make_x14: Any, make_x15: Any, make_x16: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any, x10: Any, x11: Any, x12: Any, x13: Any, x14: Any, x15: Any, x16: Any) -> Any:
        set_x0(self, make_x0() if x0 is made else x0)
        set_x1(self, make_x1() if x1 is made else x1)
        set_x2(self, make_x2() if x2 is made else x2)
        set_x3(self, make_x3() if x3 is made else x3)
        set_x4(self, make_x4() if x4 is made else x4)
        set_x5(self, make_x5() if x5 is made else x5)
        set_x6(self, make_x6() if x6 is made else x6)
        set_x7(self, make_x7() if x7 is made else x7)
        set_x8(self, make_x8() if x8 is made else x8)
        set_x9(self, make_x9() if x9 is made else x9)
        set_x10(self, make_x10() if x10 is made else x10)
        set_x11(self, make_x11() if x11 is made else x11)
        set_x12(self, make_x12() if x12 is made else x12)
        set_x13(self, make_x13() if x13 is made else x13)
        set_x14(self, make_x14() if x14 is made else x14)
        set_x15(self, make_x15() if x15 is made else x15)
        set_x16(self, make_x16() if x16 is made else x16)
    return __init__


def frozen_1_checks(set_x0: Any, check: Any) -> Any:
    def __init__(self: Any, x0: Any) -> Any:
        set_x0(self, x0)
        check(self)
    return __init__


def frozen_2_checks(set_x0: Any, set_x1: Any, check: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        check(self)
    return __init__


def frozen_3_checks(set_x0: Any, set_x1: Any, set_x2: Any, check: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        check(self)
    return __init__


def frozen_4_checks(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, check: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        check(self)
    return __init__


def frozen_5_checks(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, check: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
        check(self)
    return __init__


def frozen_6_checks(set_x0: Any, set_x1: Any, set_x2: Any, set_x3: Any, set_x4: Any, set_x5: Any, check: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any) -> Any:
        set_x0(self, x0)
        set_x1(self, x1)
        set_x2(self, x2)
        set_x3(self, x3)
        set_x4(self, x4)
        set_x5(self, x5)
        check(self)
    return __init__


def open_2() -> Any:
    def __init__(self: Any, x0: Any, x1: Any) -> Any:
        self.x0 = x0
        self.x1 = x1
    return __init__


def open_3() -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any) -> Any:
        self.x0 = x0
        self.x1 = x1
        self.x2 = x2
    return __init__


def open_2_makes(made: Any, make_x0: Any, make_x1: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
    return __init__


def open_3_makes(made: Any, make_x0: Any, make_x1: Any, make_x2: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
        self.x2 = make_x2() if x2 is made else x2
    return __init__


def open_4_makes(made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
        self.x2 = make_x2() if x2 is made else x2
        self.x3 = make_x3() if x3 is made else x3
    return __init__


def open_5_makes(made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any, make_x4: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
        self.x2 = make_x2() if x2 is made else x2
        self.x3 = make_x3() if x3 is made else x3
        self.x4 = make_x4() if x4 is made else x4
    return __init__


def open_6_makes(made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any, make_x4: Any, make_x5: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
        self.x2 = make_x2() if x2 is made else x2
        self.x3 = make_x3() if x3 is made else x3
        self.x4 = make_x4() if x4 is made else x4
        self.x5 = make_x5() if x5 is made else x5
    return __init__


def open_7_makes(made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any, make_x4: Any, make_x5: Any, make_x6: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
        self.x2 = make_x2() if x2 is made else x2
        self.x3 = make_x3() if x3 is made else x3
        self.x4 = make_x4() if x4 is made else x4
        self.x5 = make_x5() if x5 is made else x5
        self.x6 = make_x6() if x6 is made else x6
    return __init__


def open_8_makes(made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any, make_x4: Any, make_x5: Any, make_x6: Any, make_x7: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
        self.x2 = make_x2() if x2 is made else x2
        self.x3 = make_x3() if x3 is made else x3
        self.x4 = make_x4() if x4 is made else x4
        self.x5 = make_x5() if x5 is made else x5
        self.x6 = make_x6() if x6 is made else x6
        self.x7 = make_x7() if x7 is made else x7
    return __init__


def open_9_makes(made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any, make_x4: Any, make_x5: Any, make_x6: Any, make_x7: Any, make_x8: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
        self.x2 = make_x2() if x2 is made else x2
        self.x3 = make_x3() if x3 is made else x3
        self.x4 = make_x4() if x4 is made else x4
        self.x5 = make_x5() if x5 is made else x5
        self.x6 = make_x6() if x6 is made else x6
        self.x7 = make_x7() if x7 is made else x7
        self.x8 = make_x8() if x8 is made else x8
    return __init__


def open_10_makes(made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any, make_x4: Any, make_x5: Any, make_x6: Any, make_x7: Any, make_x8: Any, make_x9: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
        self.x2 = make_x2() if x2 is made else x2
        self.x3 = make_x3() if x3 is made else x3
        self.x4 = make_x4() if x4 is made else x4
        self.x5 = make_x5() if x5 is made else x5
        self.x6 = make_x6() if x6 is made else x6
        self.x7 = make_x7() if x7 is made else x7
        self.x8 = make_x8() if x8 is made else x8
        self.x9 = make_x9() if x9 is made else x9
    return __init__


def open_11_makes(made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any, make_x4: Any, make_x5: Any, make_x6: Any, make_x7: Any, make_x8: Any, make_x9: Any, make_x10: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any, x10: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
        self.x2 = make_x2() if x2 is made else x2
        self.x3 = make_x3() if x3 is made else x3
        self.x4 = make_x4() if x4 is made else x4
        self.x5 = make_x5() if x5 is made else x5
        self.x6 = make_x6() if x6 is made else x6
        self.x7 = make_x7() if x7 is made else x7
        self.x8 = make_x8() if x8 is made else x8
        self.x9 = make_x9() if x9 is made else x9
        self.x10 = make_x10() if x10 is made else x10
    return __init__


def open_17_makes(made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any, make_x4: Any, make_x5: Any, make_x6: Any, make_x7: Any, make_x8: Any, make_x9: Any, make_x10: Any, make_x11: Any, make_x12: Any, make_x13: Any, make_x14: Any, make_x15: Any, make_x16: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any, x10: Any, x11: Any, x12: Any, x13: Any, x14: Any, x15: Any, x16: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
        self.x2 = make_x2() if x2 is made else x2
        self.x3 = make_x3() if x3 is made else x3
        self.x4 = make_x4() if x4 is made else x4
        self.x5 = make_x5() if x5 is made else x5
        self.x6 = make_x6() if x6 is made else x6
        self.x7 = make_x7() if x7 is made else x7
        self.x8 = make_x8() if x8 is made else x8
        self.x9 = make_x9() if x9 is made else x9
        self.x10 = make_x10() if x10 is made else x10
        self.x11 = make_x11() if x11 is made else x11
        self.x12 = make_x12() if x12 is made else x12
        self.x13 = make_x13() if x13 is made else x13
        self.x14 = make_x14() if x14 is made else x14
        self.x15 = make_x15() if x15 is made else x15
        self.x16 = make_x16() if x16 is made else x16
    return __init__


def open_18_makes(made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any, make_x4: Any, make_x5: Any, make_x6: Any, make_x7: Any, make_x8: Any, make_x9: Any, make_x10: Any, make_x11: Any, make_x12: Any, make_x13: Any, make_x14: Any, make_x15: Any, make_x16: Any, make_x17: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any, x10: Any, x11: Any, x12: Any, x13: Any, x14: Any, x15: Any, x16: Any, x17: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
        self.x2 = make_x2() if x2 is made else x2
        self.x3 = make_x3() if x3 is made else x3
        self.x4 = make_x4() if x4 is made else x4
        self.x5 = make_x5() if x5 is made else x5
        self.x6 = make_x6() if x6 is made else x6
        self.x7 = make_x7() if x7 is made else x7
        self.x8 = make_x8() if x8 is made else x8
        self.x9 = make_x9() if x9 is made else x9
        self.x10 = make_x10() if x10 is made else x10
        self.x11 = make_x11() if x11 is made else x11
        self.x12 = make_x12() if x12 is made else x12
        self.x13 = make_x13() if x13 is made else x13
        self.x14 = make_x14() if x14 is made else x14
        self.x15 = make_x15() if x15 is made else x15
        self.x16 = make_x16() if x16 is made else x16
        self.x17 = make_x17() if x17 is made else x17
    return __init__


def open_19_makes(made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any, make_x4: Any, make_x5: Any, make_x6: Any, make_x7: Any, make_x8: Any, make_x9: Any, make_x10: Any, make_x11: Any, make_x12: Any, make_x13: Any, make_x14: Any, make_x15: Any, make_x16: Any, make_x17: Any, make_x18: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any, x10: Any, x11: Any, x12: Any, x13: Any, x14: Any, x15: Any, x16: Any, x17: Any, x18: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
        self.x2 = make_x2() if x2 is made else x2
        self.x3 = make_x3() if x3 is made else x3
        self.x4 = make_x4() if x4 is made else x4
        self.x5 = make_x5() if x5 is made else x5
        self.x6 = make_x6() if x6 is made else x6
        self.x7 = make_x7() if x7 is made else x7
        self.x8 = make_x8() if x8 is made else x8
        self.x9 = make_x9() if x9 is made else x9
        self.x10 = make_x10() if x10 is made else x10
        self.x11 = make_x11() if x11 is made else x11
        self.x12 = make_x12() if x12 is made else x12
        self.x13 = make_x13() if x13 is made else x13
        self.x14 = make_x14() if x14 is made else x14
        self.x15 = make_x15() if x15 is made else x15
        self.x16 = make_x16() if x16 is made else x16
        self.x17 = make_x17() if x17 is made else x17
        self.x18 = make_x18() if x18 is made else x18
    return __init__


def open_20_makes(made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any, make_x4: Any, make_x5: Any, make_x6: Any, make_x7: Any, make_x8: Any, make_x9: Any, make_x10: Any, make_x11: Any, make_x12: Any, make_x13: Any, make_x14: Any, make_x15: Any, make_x16: Any, make_x17: Any, make_x18: Any, make_x19: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any, x10: Any, x11: Any, x12: Any, x13: Any, x14: Any, x15: Any, x16: Any, x17: Any, x18: Any, x19: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
        self.x2 = make_x2() if x2 is made else x2
        self.x3 = make_x3() if x3 is made else x3
        self.x4 = make_x4() if x4 is made else x4
        self.x5 = make_x5() if x5 is made else x5
        self.x6 = make_x6() if x6 is made else x6
        self.x7 = make_x7() if x7 is made else x7
        self.x8 = make_x8() if x8 is made else x8
        self.x9 = make_x9() if x9 is made else x9
        self.x10 = make_x10() if x10 is made else x10
        self.x11 = make_x11() if x11 is made else x11
        self.x12 = make_x12() if x12 is made else x12
        self.x13 = make_x13() if x13 is made else x13
        self.x14 = make_x14() if x14 is made else x14
        self.x15 = make_x15() if x15 is made else x15
        self.x16 = make_x16() if x16 is made else x16
        self.x17 = make_x17() if x17 is made else x17
        self.x18 = make_x18() if x18 is made else x18
        self.x19 = make_x19() if x19 is made else x19
    return __init__


def open_21_makes(made: Any, make_x0: Any, make_x1: Any, make_x2: Any, make_x3: Any, make_x4: Any, make_x5: Any, make_x6: Any, make_x7: Any, make_x8: Any, make_x9: Any, make_x10: Any, make_x11: Any, make_x12: Any, make_x13: Any, make_x14: Any, make_x15: Any, make_x16: Any, make_x17: Any, make_x18: Any, make_x19: Any, make_x20: Any) -> Any:
    def __init__(self: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, x6: Any, x7: Any, x8: Any, x9: Any, x10: Any, x11: Any, x12: Any, x13: Any, x14: Any, x15: Any, x16: Any, x17: Any, x18: Any, x19: Any, x20: Any) -> Any:
        self.x0 = make_x0() if x0 is made else x0
        self.x1 = make_x1() if x1 is made else x1
        self.x2 = make_x2() if x2 is made else x2
        self.x3 = make_x3() if x3 is made else x3
        self.x4 = make_x4() if x4 is made else x4
        self.x5 = make_x5() if x5 is made else x5
        self.x6 = make_x6() if x6 is made else x6
        self.x7 = make_x7() if x7 is made else x7
        self.x8 = make_x8() if x8 is made else x8
        self.x9 = make_x9() if x9 is made else x9
        self.x10 = make_x10() if x10 is made else x10
        self.x11 = make_x11() if x11 is made else x11
        self.x12 = make_x12() if x12 is made else x12
        self.x13 = make_x13() if x13 is made else x13
        self.x14 = make_x14() if x14 is made else x14
        self.x15 = make_x15() if x15 is made else x15
        self.x16 = make_x16() if x16 is made else x16
        self.x17 = make_x17() if x17 is made else x17
        self.x18 = make_x18() if x18 is made else x18
        self.x19 = make_x19() if x19 is made else x19
        self.x20 = make_x20() if x20 is made else x20
    return __init__


def eq_0() -> Any:
    def __eq__(self: Any, other: Any) -> Any:
        if type(self) is not type(other):
            return NotImplemented
        return self is other or () == ()
    return __eq__


def eq_1() -> Any:
    def __eq__(self: Any, other: Any) -> Any:
        if type(self) is not type(other):
            return NotImplemented
        return self is other or (self.x0, ) == (other.x0, )
    return __eq__


def eq_2() -> Any:
    def __eq__(self: Any, other: Any) -> Any:
        if type(self) is not type(other):
            return NotImplemented
        return self is other or (self.x0, self.x1, ) == (other.x0, other.x1, )
    return __eq__


def eq_3() -> Any:
    def __eq__(self: Any, other: Any) -> Any:
        if type(self) is not type(other):
            return NotImplemented
        return self is other or (self.x0, self.x1, self.x2, ) == (other.x0, other.x1, other.x2, )
    return __eq__


def eq_6() -> Any:
    def __eq__(self: Any, other: Any) -> Any:
        if type(self) is not type(other):
            return NotImplemented
        return self is other or (self.x0, self.x1, self.x2, self.x3, self.x4, self.x5, ) == (other.x0, other.x1, other.x2, other.x3, other.x4, other.x5, )
    return __eq__


def hash_0() -> Any:
    def __hash__(self: Any) -> Any:
        return hash((type(self), ()))
    return __hash__


def hash_1() -> Any:
    def __hash__(self: Any) -> Any:
        return hash((type(self), (self.x0, )))
    return __hash__


def hash_2() -> Any:
    def __hash__(self: Any) -> Any:
        return hash((type(self), (self.x0, self.x1, )))
    return __hash__


def hash_3() -> Any:
    def __hash__(self: Any) -> Any:
        return hash((type(self), (self.x0, self.x1, self.x2, )))
    return __hash__


def hash_6() -> Any:
    def __hash__(self: Any) -> Any:
        return hash((type(self), (self.x0, self.x1, self.x2, self.x3, self.x4, self.x5, )))
    return __hash__

/// Pairs that math-verify 0.9.0 judged with its default settings, gold wrapped in $…$; drawn from some 2,700 that were
/// generated with numbers and names at random. A line: T (equal) or f, gold, answer, parted by " ¦ "; "T!" where they
/// are equal but math-verify says no: it takes the names t and m for units, knows no base e and no list of three
/// formulas.
enum PeerCases {
    static let lines = #"""
        f ¦ (-1,18) ¦ $(-1,18,0)$
        T ¦ (-1,18) ¦ $(y,b)=(-1,18)$
        T ¦ (-1,18) ¦ $\left(-1,18\right)$
        f ¦ (-1,18] ¦ $(-1,18)$
        T ¦ (-1,18] ¦ $(-1,18]$
        f ¦ (-15,0] ¦ $[-15,0]$
        T ¦ (-17,13) ¦ $(-17, 13)$
        T ¦ (-17,13) ¦ $x=-17,p=13$
        T ¦ (-17,13] ¦ \boxed{(-17,13]}
        f ¦ (-2,14) ¦ $(14,-2)$
        T ¦ (-2,14] ¦ $\left(-2,\frac{28}{2}\right]$
        T ¦ (-2,18) ¦ $(-2.0,18)$
        f ¦ (-26,-24) ¦ $(-24,-26)$
        T ¦ (-26,-24) ¦ $(-26, -24)$
        f ¦ (-26,-24) ¦ $(-26,-24,0)$
        f ¦ (-26,-24) ¦ $(-26,-24]$
        T ¦ (-26,-24) ¦ $(-26.0,-24)$
        T ¦ (-26,-24) ¦ $(t,q)=(-26,-24)$
        T ¦ (-26,-24) ¦ $\left(-26,-24\right)$
        T ¦ (-26,-24) ¦ $t=-26,q=-24$
        f ¦ (-26,-24] ¦ $(-26,-24)$
        T ¦ (-26,-24] ¦ $(-26,-24]$
        f ¦ (-26,-24] ¦ $[-26,-24]$
        T ¦ (-26,-24] ¦ $\left(-26,\frac{-48}{2}\right]$
        T ¦ (-26,-24] ¦ \boxed{(-26,-24]}
        f ¦ (-3,29) ¦ $(-3,29]$
        f ¦ (-\infty,-1)\cup(18,\infty) ¦ $(-\infty,-1)$
        T ¦ (-\infty,-2)\cup(14,\infty) ¦ $(-\infty,-2) \cup (14,+\infty)$
        f ¦ (-\infty,-2)\cup(18,\infty) ¦ $(-\infty,-2]\cup(18,\infty)$
        T ¦ (-\infty,-26)\cup(-24,\infty) ¦ $(-24,\infty)\cup(-\infty,-26)$
        T ¦ (-\infty,-26)\cup(-24,\infty) ¦ $(-\infty,-26) \cup (-24,+\infty)$
        f ¦ (-\infty,-26)\cup(-24,\infty) ¦ $(-\infty,-26)$
        f ¦ (-\infty,-26)\cup(-24,\infty) ¦ $(-\infty,-26]\cup(-24,\infty)$
        T ¦ (-\infty,-3)\cup(29,\infty) ¦ $(29,\infty)\cup(-\infty,-3)$
        T ¦ (-\infty,0)\cup(4,\infty) ¦ $(-\infty,0) \cup (4,+\infty)$
        f ¦ (-\infty,0)\cup(4,\infty) ¦ $(-\infty,0)$
        T ¦ (-\infty,0)\cup(4,\infty) ¦ $(4,\infty)\cup(-\infty,0)$
        f ¦ (-\infty,0)\cup(6,\infty) ¦ $(-\infty,0]\cup(6,\infty)$
        f ¦ (0,4) ¦ $(0,4,0)$
        T ¦ (0,4) ¦ $\left(0,4\right)$
        T ¦ (0,4] ¦ \boxed{(0,4]}
        T ¦ (0,6) ¦ $(0, 6)$
        f ¦ (0,6) ¦ $(0,6]$
        T ¦ (0,6) ¦ $(0.0,6)$
        f ¦ (0,6) ¦ $(6,0)$
        T ¦ (0,6) ¦ $(y,b)=(0,6)$
        T ¦ (0,6) ¦ $y=0,b=6$
        f ¦ (0,6] ¦ $(0,6)$
        f ¦ (0,6] ¦ $[0,6]$
        T ¦ (0,6] ¦ $\left(0,\frac{12}{2}\right]$
        T ¦ (k+12)^3 ¦ $k^3+36k^2+432k+1728$
        T ¦ (t+32)^3 ¦ $t^3+96t^2+3072t+32768$
        T ¦ (x+2)^3 ¦ $(x+2)(x+2)^2$
        T ¦ (x+2)^3 ¦ $x^3+6x^2+12x+8$
        f ¦ (x+9)^3 ¦ $x^3+729$
        T ¦ (y+32)^3 ¦ $y^3+96y^2+3072y+32768$
        T ¦ -1,18 ¦ $18,-1$
        T ¦ -15,0 ¦ \boxed{-15} and \boxed{0}
        f ¦ -15<t<0 ¦ $-15\le t<0$
        T ¦ -17,13 ¦ $-17 \text{ and } 13$
        T ¦ -1<y<18 ¦ $(-1,18)$
        f ¦ -2,14 ¦ $-2, 15$
        T ¦ -2,14 ¦ $t=-2 \text{ or } t=14$
        T ¦ -26,-24 ¦ $-24,-26$
        T ¦ -26,-24 ¦ $-26 \text{ and } -24$
        f ¦ -26,-24 ¦ $-26, -23$
        T ¦ -26,-24 ¦ $-26, -24$
        T ¦ -26,-24 ¦ $t=-26 \text{ or } t=-24$
        T ¦ -26,-24 ¦ \boxed{-26} and \boxed{-24}
        T ¦ -26<t<-24 ¦ $(-26,-24)$
        T ¦ -26<t<-24 ¦ $-26<t<-24$
        f ¦ -26<t<-24 ¦ $-26<t\leq-24$
        f ¦ -26<t<-24 ¦ $-26\le t<-24$
        T ¦ -2<x<18 ¦ $-2<x<18$
        f ¦ -3<k<29 ¦ $-3<k\leq29$
        T ¦ -\frac{12}{19} ¦ $\frac{-12}{19}$
        T ¦ -\frac{2}{2} ¦ $-1.000$
        T ¦ -\frac{2}{2} ¦ -2/2
        f ¦ -\frac{32}{36} ¦ $-0.889$
        T ¦ -\frac{32}{36} ¦ $-\cfrac{64}{72}$
        T ¦ -\frac{38}{32} ¦ $-38/32$
        f ¦ -\frac{38}{32} ¦ $38/32$
        T ¦ -\frac{38}{32} ¦ $\frac{38}{-32}$
        T ¦ 0,4 ¦ $0 \text{ and } 4$
        T ¦ 0,4 ¦ $4,0$
        T ¦ 0,4 ¦ \boxed{0} and \boxed{4}
        T ¦ 0,6 ¦ $0, 6$
        f ¦ 0,6 ¦ $0, 7$
        T ¦ 0,6 ¦ $y=0 \text{ or } y=6$
        T ¦ 0<t<4 ¦ $(0,4)$
        T ¦ 0<y<6 ¦ $0<y<6$
        f ¦ 0<y<6 ¦ $0<y\leq6$
        f ¦ 0<y<6 ¦ $0\le y<6$
        T ¦ 1.5 ¦ $1.50$
        T ¦ 1.5 ¦ 1.5
        f ¦ 11_2 ¦ $32$
        f ¦ 11_2 ¦ $32_3$
        T ¦ 12 ¦ \[ 12 \]
        f ¦ 12\% ¦ $13\%$
        f ¦ 12\pm\sqrt{19} ¦ $12+\sqrt{19}$
        f ¦ 12\sqrt{19} ¦ $52.31$
        T ¦ 12\sqrt{19} ¦ $\frac{228}{\sqrt{19}}$
        T ¦ 12\sqrt{19} ¦ $\sqrt{2736}$
        T ¦ 12^\circ ¦ $12$
        f ¦ 12^\circ ¦ $13^\circ$
        T ¦ 12k+19 ¦ $12(k+\frac{19}{12})$
        T ¦ 12k+19 ¦ $12\cdot k+19$
        T ¦ 12k+19 ¦ $19+12k$
        T ¦ 12k+19 ¦ $f(k)=12k+19$
        T ¦ 12k+19 ¦ $q=12k+19$
        f ¦ 12k+19q=8 ¦ $12k-19q=8$
        T ¦ 12k+19q=8 ¦ $12k=8-19q$
        T ¦ 12k+19q=8 ¦ $19q+12k=8$
        T ¦ 12k+19q=8 ¦ $24k+38q=16$
        f ¦ 12kq^2 ¦ $12k^2q$
        T ¦ 12kq^2 ¦ $12q^2k$
        T ¦ 12kq^2 ¦ $kq\cdot12q$
        T ¦ 17y+21a=13 ¦ $17y+21a-13=0$
        f ¦ 17y+21a=13 ¦ $17y-21a=13$
        T ¦ 17y+21a=13 ¦ $17y=13-21a$
        T ¦ 17y+21a=13 ¦ $21a+17y=13$
        T ¦ 17y+21a=13 ¦ $34y+42a=26$
        T ¦ 17ya^2 ¦ $17a^2y$
        f ¦ 17ya^2 ¦ $17y^2a$
        T ¦ 17ya^2 ¦ $ya\cdot17a$
        T ¦ 2 ¦ $2!$
        T ¦ 2 ¦ The final answer is $2$. I hope it is correct.
        T ¦ 2! ¦ $2$
        T ¦ 2+2i ¦ $2+i2$
        T ¦ 22t+21m=8 ¦ $21m+22t=8$
        T ¦ 22t+21m=8 ¦ $22t+21m-8=0$
        f ¦ 22t+21m=8 ¦ $22t-21m=8$
        T! ¦ 22t+21m=8 ¦ $22t=8-21m$
        T ¦ 22t+21m=8 ¦ $44t+42m=16$
        T! ¦ 22tm^2 ¦ $22m^2t$
        f ¦ 22tm^2 ¦ $22t^2m$
        T! ¦ 22tm^2 ¦ $tm\cdot22m$
        T ¦ 2\% ¦ 2 percent
        T ¦ 2\pm\sqrt{2} ¦ $2-\sqrt{2}, 2+\sqrt{2}$
        T ¦ 2\sqrt{2} ¦ $2.828427$
        T ¦ 2\sqrt{2} ¦ $2\cdot\sqrt{2}$
        f ¦ 2\sqrt{2} ¦ $2\sqrt{3}$
        f ¦ 2^{t+1} ¦ $2^t+2$
        T ¦ 2^{x+1} ¦ $2^{1+x}$
        T ¦ 2^{y+1} ¦ $2\cdot 2^y$
        T ¦ 2_{4} ¦ $2$
        T ¦ 2e^{2} ¦ $2\exp(2)$
        T ¦ 2x+2 ¦ $2-(-2x)$
        T ¦ 2x+2 ¦ $2\cdot x+2$
        f ¦ 2x+2 ¦ $2x-2$
        T ¦ 2x+2p=2 ¦ $2x+2p-2=0$
        f ¦ 2x+2p=2 ¦ $2x-2p=2$
        T ¦ 2x+2p=2 ¦ $2x=2-2p$
        T ¦ 2x+2p=2 ¦ $4x+4p=4$
        T ¦ 2xp^2 ¦ $2p^2x$
        T ¦ 2xp^2 ¦ $xp\cdot2p$
        T ¦ 32 ¦ = 32
        T ¦ 32 ¦ \boxed{32\text{ cm}}
        T ¦ 32+36i ¦ $36i+32$
        T ¦ 32\% ¦ $32\%$
        T ¦ 32\frac{1}{37} ¦ $\frac{1185}{37}$
        T ¦ 32\frac{1}{3} ¦ $32+\frac{1}{3}$
        T ¦ 32\pm\sqrt{2} ¦ $32+\sqrt{2},32-\sqrt{2}$
        T ¦ 32\sqrt{36} ¦ $32*36^{1/2}$
        T ¦ 32\times 10^{0} ¦ $32\cdot10^{0}$
        T ¦ 32^\circ ¦ $32^{\circ}$
        T ¦ 32^\circ ¦ 32 degrees
        T ¦ 32_{4} ¦ $32_4$
        T ¦ 32e^{2} ¦ $e^{2}\cdot 32$
        T ¦ 32t+2 ¦ $2-(-32t)$
        T ¦ 32t+2 ¦ $32(t+\frac{2}{32})$
        T ¦ 32t+2 ¦ $32\cdot t+2$
        f ¦ 32t+2 ¦ $32t-2$
        T ¦ 32t+2 ¦ $a=32t+2$
        T ¦ 32t+2a=25 ¦ $2a+32t=25$
        f ¦ 32t+2a=25 ¦ $32t-2a=25$
        T ¦ 32t+2a=25 ¦ $64t+4a=50$
        T! ¦ 32ta^2 ¦ $32a^2t$
        T ¦ 32ta^2 ¦ $ta\cdot32a$
        T ¦ 32y+36 ¦ $32(y+\frac{36}{32})$
        T ¦ 32y+36 ¦ $32\cdot y+36$
        T ¦ 32y+36 ¦ $36+32y$
        T ¦ 32y+36 ¦ $36-(-32y)$
        T ¦ 32y+36 ¦ $b=32y+36$
        T ¦ 32y+36 ¦ $f(y)=32y+36$
        T ¦ 32y+36b=15 ¦ $32y+36b-15=0$
        f ¦ 32y+36b=15 ¦ $32y-36b=15$
        T ¦ 32y+36b=15 ¦ $32y=15-36b$
        T ¦ 32y+36b=15 ¦ $36b+32y=15$
        T ¦ 32y+36b=15 ¦ $64y+72b=30$
        T ¦ 32yb^2 ¦ $32b^2y$
        f ¦ 32yb^2 ¦ $32y^2b$
        T ¦ 32yb^2 ¦ $yb\cdot32b$
        T ¦ 37x+30m=6 ¦ $37x+30m-6=0$
        f ¦ 37x+30m=6 ¦ $37x-30m=6$
        T! ¦ 37x+30m=6 ¦ $37x=6-30m$
        T ¦ 37x+30m=6 ¦ $74x+60m=12$
        T ¦ 37xm^2 ¦ $37m^2x$
        f ¦ 37xm^2 ¦ $37x^2m$
        T! ¦ 37xm^2 ¦ $xm\cdot37m$
        T ¦ 38 ¦ $38^1$
        f ¦ 38 ¦ $t=39$
        T ¦ 38 ¦ 38 meters
        T ¦ 38 ¦ \(38\)
        f ¦ 38+32i ¦ $38+32$
        f ¦ 38+32i ¦ $38-32i$
        T ¦ 38\% ¦ 38%
        f ¦ 38\frac{1}{33} ¦ $\frac{38}{33}$
        T ¦ 38\sqrt{32} ¦ $\sqrt{32}\times 38$
        T! ¦ 38t+32 ¦ $32+38t$
        T ¦ 38t+32 ¦ $f(t)=38t+32$
        T ¦ 38t+32a=33 ¦ $38t+32a-33=0$
        T ¦ 38t+32a=33 ¦ $38t=33-32a$
        T ¦ 3k+4m=32 ¦ $3k+4m-32=0$
        f ¦ 3k+4m=32 ¦ $3k-4m=32$
        T! ¦ 3k+4m=32 ¦ $3k=32-4m$
        T ¦ 3k+4m=32 ¦ $4m+3k=32$
        T ¦ 3k+4m=32 ¦ $6k+8m=64$
        f ¦ 3km^2 ¦ $3k^2m$
        T ¦ 3km^2 ¦ $3m^2k$
        T! ¦ 3km^2 ¦ $km\cdot3m$
        T ¦ 4,469,285 ¦ 4469285
        f ¦ 4.75 ¦ $4.85$
        T ¦ 4.75 ¦ $\frac{38}{8}$
        T ¦ 4862728 ¦ $4,862,728$
        T ¦ 4862728 ¦ $\$4,862,728$
        T ¦ 6t+13q=36 ¦ $12t+26q=72$
        T ¦ 6t+13q=36 ¦ $13q+6t=36$
        T ¦ 6t+13q=36 ¦ $6t+13q-36=0$
        f ¦ 6t+13q=36 ¦ $6t-13q=36$
        T ¦ 6t+13q=36 ¦ $6t=36-13q$
        T! ¦ 6tq^2 ¦ $6q^2t$
        f ¦ 6tq^2 ¦ $6t^2q$
        T ¦ 6tq^2 ¦ $tq\cdot6q$
        f ¦ 7082940 ¦ $7,082,941$
        T ¦ 7082940 ¦ $7{,}082{,}940$
        T ¦ 8,519,081 ¦ $8519081$
        T ¦ 8519081 ¦ 8,519,081
        T ¦ 9 ¦ $09$
        f ¦ 9 ¦ $9!$
        T ¦ 9 ¦ $9\text{ meters}$
        T ¦ 9 ¦ $\frac{333}{37}$
        T ¦ 9 ¦ $\sqrt{81}$
        T ¦ 9 ¦ **9**
        T ¦ 9 ¦ So the answer is 9.
        T ¦ 9\% ¦ $0.09$
        T ¦ 9\% ¦ $\frac{9}{100}$
        T ¦ 9\times 10^{1} ¦ $0.9\times 10^{2}$
        f ¦ 9\times 10^{1} ¦ $9\times 10^{2}$
        f ¦ 9e^{37} ¦ $9e^{38}$
        T ¦ 9x+37 ¦ $37+9x$
        T ¦ 9x+37 ¦ $9(x+\frac{37}{9})$
        T ¦ 9x+37 ¦ $p=9x+37$
        T ¦ 9x+37p=5 ¦ $37p+9x=5$
        f ¦ 9xp^2 ¦ $9x^2p$
        f ¦ A ¦ $E$
        f ¦ A ¦ \boxed{E}
        T ¦ B ¦ $(B)$
        T ¦ B ¦ $B$
        f ¦ B ¦ $\textbf{(D)}$
        T ¦ B ¦ $\text{B}$
        T ¦ D ¦ $\mathrm{D}$
        T ¦ D ¦ $\text{(D)}$
        f ¦ [-17,13] ¦ $[-17,13)$
        f ¦ [-17,13] ¦ $[-17,14]$
        T ¦ [-2,14] ¦ $[-2,14]$
        T ¦ [-2,14] ¦ $t\in[-2,14]$
        f ¦ [-26,-24] ¦ $[-26,-23]$
        f ¦ [-26,-24] ¦ $[-26,-24)$
        T ¦ [-26,-24] ¦ $[-26,-24]$
        T ¦ [-26,-24] ¦ $\left[-26,-24\right]$
        T ¦ [-26,-24] ¦ $t\in[-26,-24]$
        T ¦ [-3,29] ¦ $\left[-3,29\right]$
        f ¦ [0,4] ¦ $[0,4)$
        T ¦ [0,4] ¦ $[0,4]$
        f ¦ [0,4] ¦ $[0,5]$
        T ¦ [0,4] ¦ $t\in[0,4]$
        T ¦ [0,6] ¦ $\left[0,6\right]$
        f ¦ \begin{pmatrix}12&19\\8&22\end{pmatrix} ¦ $\begin{pmatrix}12&8\\19&22\end{pmatrix}$
        T ¦ \begin{pmatrix}12&19\\8&22\end{pmatrix} ¦ $\begin{pmatrix}12.0&19\\8&\frac{44}{2}\end{pmatrix}$
        T ¦ \begin{pmatrix}2&2\\2&35\end{pmatrix} ¦ $\begin{bmatrix}2 & 2 \\ 2 & 35\end{bmatrix}$
        T ¦ \begin{pmatrix}2&2\\2&35\end{pmatrix} ¦ $\begin{pmatrix}2&2\\2&35\end{pmatrix}$
        T ¦ \begin{pmatrix}32&2\\25&28\end{pmatrix} ¦ $\left(\begin{array}{cc}32&2\\25&28\end{array}\right)$
        T ¦ \binom{11}{2} ¦ $55$
        f ¦ \binom{4}{2} ¦ $7$
        T ¦ \emptyset ¦ $\emptyset$
        T ¦ \emptyset ¦ $\{\}$
        T ¦ \frac{12\pi}{19} ¦ $1.984164$
        T ¦ \frac{12}{19+\sqrt{8}} ¦ $\frac{12}{\sqrt{8}+19}$
        T ¦ \frac{12}{k+19} ¦ $\frac{12q}{q(k+19)}$
        T ¦ \frac{1}{2} ¦ $\frac12$
        f ¦ \frac{2}{2+\sqrt{2}} ¦ $\frac{2}{2-\sqrt{2}}$
        T ¦ \frac{2}{x+2} ¦ $\frac{2p}{p(x+2)}$
        T ¦ \frac{32\pi}{2} ¦ $32\pi/2$
        T ¦ \frac{32\pi}{36} ¦ $\frac{32}{36}\pi$
        f ¦ \frac{32\pi}{36} ¦ $\frac{33\pi}{36}$
        T ¦ \frac{32}{2+\sqrt{25}} ¦ $\frac{32(2-\sqrt{25})}{-21}$
        T ¦ \frac{32}{t+2} ¦ $\frac{32a}{a(t+2)}$
        T ¦ \frac{32}{y+36} ¦ $32/(y+36)$
        T ¦ \frac{32}{y+36} ¦ $\frac{32b}{b(y+36)}$
        f ¦ \frac{32}{y+36} ¦ $\frac{32}{y-36}$
        T ¦ \frac{38}{32+\sqrt{33}} ¦ $\frac{38(32-\sqrt{33})}{991}$
        T ¦ \frac{3}{k+4} ¦ $\frac{3m}{m(k+4)}$
        f ¦ \frac{9\pi}{37} ¦ $0.7642$
        T ¦ \frac{9}{x+37} ¦ $9(x+37)^{-1}$
        T ¦ \frac{\sqrt{32}}{2} ¦ $\sqrt{\frac{32}{4}}$
        T ¦ \frac{\sqrt{32}}{36} ¦ $\sqrt{32}/36$
        T ¦ \infty ¦ $+\infty$
        f ¦ \infty ¦ $12$
        T ¦ \infty ¦ $\infty$
        T ¦ \ln 13 ¦ $-\ln\frac{1}{13}$
        f ¦ \ln 13 ¦ $\ln 14$
        T ¦ \ln 3 ¦ $\ln(3)$
        T! ¦ \ln 3 ¦ $\log_e 3$
        T ¦ \log_{33} 1089 ¦ $2$
        f ¦ \log_{39} 1521 ¦ $3$
        f ¦ \sin\frac{\pi}{10} ¦ $\cos\frac{\pi}{10}$
        T ¦ \sin\frac{\pi}{3} ¦ $\cos(\frac{\pi}{2}-\frac{\pi}{3})$
        T ¦ \sin\frac{\pi}{4} ¦ $\cos\frac{\pi}{4}$
        T ¦ \sqrt[3]{16} ¦ $2\sqrt[3]{2}$
        T ¦ \sqrt[3]{96} ¦ $96^{1/3}$
        T ¦ \sqrt[3]{96} ¦ $96^{\frac{1}{3}}$
        f ¦ \sqrt[3]{96} ¦ $\sqrt{96}$
        f ¦ \sqrt{k^2+12} ¦ $k+12$
        T ¦ \sqrt{y^2+32} ¦ $(y^2+32)^{1/2}$
        T ¦ \sqrt{y^2+32} ¦ $\sqrt{32+y^2}$
        T ¦ \text{Sunday} ¦ $Sunday$
        T ¦ \text{Sunday} ¦ $\mathrm{Sunday}$
        T ¦ \text{Sunday} ¦ $\text{SUNDAY}$
        T ¦ \text{Sunday} ¦ $\text{Sunday}$
        f ¦ \text{Sunday} ¦ $\text{other}$
        T ¦ \text{Sunday} ¦ \boxed{\text{Sunday}}
        T ¦ \text{ellipse} ¦ $\mathrm{ellipse}$
        T ¦ \text{ellipse} ¦ $\text{ELLIPSE}$
        T ¦ \text{ellipse} ¦ $\text{ellipse}$
        f ¦ \text{ellipse} ¦ $\text{other}$
        T ¦ \text{ellipse} ¦ $ellipse$
        T ¦ \text{even} ¦ $\mathrm{even}$
        T ¦ \text{even} ¦ $\text{EVEN}$
        T ¦ \text{even} ¦ $\text{even}$
        f ¦ \text{even} ¦ $\text{other}$
        T ¦ \text{even} ¦ $even$
        T ¦ \text{even} ¦ \boxed{\text{even}}
        T ¦ \text{odd} ¦ $\mathrm{odd}$
        T ¦ \text{odd} ¦ $\text{ODD}$
        T ¦ \text{odd} ¦ $\text{odd}$
        f ¦ \text{odd} ¦ $\text{other}$
        T ¦ \text{odd} ¦ $odd$
        T ¦ \text{odd} ¦ \boxed{\text{odd}}
        T ¦ \text{red} ¦ $\mathrm{red}$
        T ¦ \text{red} ¦ $\text{RED}$
        f ¦ \text{red} ¦ $\text{other}$
        T ¦ \text{red} ¦ $\text{red}$
        T ¦ \text{red} ¦ $red$
        T ¦ \text{red} ¦ \boxed{\text{red}}
        T ¦ \text{yes} ¦ $\mathrm{yes}$
        T ¦ \text{yes} ¦ $\text{YES}$
        T ¦ \text{yes} ¦ $\text{yes}$
        T ¦ \text{yes} ¦ $yes$
        T ¦ \text{yes} ¦ \boxed{\text{yes}}
        T ¦ \{-1,18,50\} ¦ $\left\{18,-1,50\right\}$
        T ¦ \{-15,0,38\} ¦ $0, 38, -15$
        f ¦ \{-15,0,38\} ¦ $\{-15,0\}$
        f ¦ \{-2,14,46\} ¦ $\{-2,14,47\}$
        T! ¦ \{-2,18,27\} ¦ $-2$, $18$, and $27$
        T ¦ \{-2,18,27\} ¦ $\{27,-2,18\}$
        T ¦ \{-26,-24,-18\} ¦ $-24, -18, -26$
        T ¦ \{-26,-24,-18\} ¦ $\left\{-24,-26,-18\right\}$
        T ¦ \{-26,-24,-18\} ¦ $\{-18,-26,-24\}$
        f ¦ \{-26,-24,-18\} ¦ $\{-26,-24,-17\}$
        f ¦ \{-26,-24,-18\} ¦ $\{-26,-24\}$
        T ¦ \{-26,-24,-18\} ¦ $t\in\{-26,-24,-18\}$
        f ¦ \{0,4,26\} ¦ $\{0,4,27\}$
        T ¦ \{0,4,26\} ¦ $t\in\{0,4,26\}$
        T! ¦ \{0,6,32\} ¦ $0$, $6$, and $32$
        T ¦ \{0,6,32\} ¦ $\left\{6,0,32\right\}$
        T ¦ \{0,6,32\} ¦ $\{32,0,6\}$
        T ¦ k<12 ¦ $k-12<0$
        T ¦ k=12 ¦ $12$
        T ¦ k=12 ¦ $k=12$
        T ¦ k^2+31k+228 ¦ $(k+12)(k+19)$
        f ¦ k^2+31k+228 ¦ $(k+12)(k-19)$
        T ¦ k^2+31k+228 ¦ $(k+19)\cdot(k+12)$
        T ¦ k^2+31k+228 ¦ $k^{2}+228+31k$
        f ¦ k_1+k_2 ¦ $k_1-k_2$
        T ¦ k_1+k_2 ¦ $k_2+k_1$
        T ¦ k_1+k_2 ¦ $k_{1}+k_{2}$
        f ¦ t<32 ¦ $t\le 32$
        T ¦ t<38 ¦ $(-\infty,38)$
        T ¦ t=32 ¦ $t = 32.0$
        T! ¦ t^2+34t+64 ¦ $t^{2}+64+34t$
        T ¦ t^2+70t+1216 ¦ $(t+32)\cdot(t+38)$
        T ¦ t^2+70t+1216 ¦ $(t+38)(t+32)$
        f ¦ t^2+70t+1216 ¦ $(t+38)(t-32)$
        f ¦ t_1+t_2 ¦ $t_1-t_2$
        T ¦ t_1+t_2 ¦ $t_2+t_1$
        T ¦ t_1+t_2 ¦ $t_{1}+t_{2}$
        T ¦ x<9 ¦ $9>x$
        f ¦ x=2 ¦ $p=2$
        T ¦ x=9 ¦ 9
        T ¦ x\ge 2 ¦ $2\leq x$
        T ¦ x\ge 9 ¦ $x\geq 9$
        T ¦ x^2+46x+333 ¦ $(x+37)\cdot(x+9)$
        T ¦ x^2+46x+333 ¦ $(x+9)(x+37)$
        f ¦ x^2+46x+333 ¦ $(x+9)(x-37)$
        f ¦ x_1+x_2 ¦ $x_1-x_2$
        T ¦ x_1+x_2 ¦ $x_2+x_1$
        T ¦ x_1+x_2 ¦ $x_{1}+x_{2}$
        f ¦ y<32 ¦ $y>32$
        T ¦ y\ge 32 ¦ $[32,\infty)$
        f ¦ y\ge 32 ¦ $y>32$
        T ¦ y^2+68y+1152 ¦ $(y+32)(y+36)$
        f ¦ y^2+68y+1152 ¦ $(y+32)(y-36)$
        T ¦ y^2+68y+1152 ¦ $(y+36)\cdot(y+32)$
        T ¦ y^2+68y+1152 ¦ $y^{2}+1152+68y$
        f ¦ y_1+y_2 ¦ $y_1-y_2$
        T ¦ y_1+y_2 ¦ $y_2+y_1$
        T ¦ y_1+y_2 ¦ $y_{1}+y_{2}$
        T ¦ |t-38| ¦ $\left|t-38\right|$
        f ¦ |x-9| ¦ $x-9$
        """#
}

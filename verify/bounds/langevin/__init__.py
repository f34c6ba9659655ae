"""Theorems on Langevin samplers: ULA, the diffusion, kinetic and proximal chains, conversions of divergences."""

from verify.bounds.langevin.balasubramanian2022_theorem4 import Balasubramanian2022Theorem4
from verify.bounds.langevin.bretagnolle_huber import BretagnolleHuber
from verify.bounds.langevin.chen2022_chi2 import Chen2022Chi2
from verify.bounds.langevin.chen2022_convex import Chen2022Convex
from verify.bounds.langevin.chen2022_kl import Chen2022KL
from verify.bounds.langevin.chen2022_renyi import Chen2022Renyi
from verify.bounds.langevin.chen2022_w2 import Chen2022W2
from verify.bounds.langevin.cheng2018_kl import Cheng2018KL
from verify.bounds.langevin.cheng2018_theorem1 import Cheng2018Theorem1
from verify.bounds.langevin.cheng2018_theorem5 import Cheng2018Theorem5
from verify.bounds.langevin.chewi2022_log_concave import Chewi2022LogConcave
from verify.bounds.langevin.chewi2022_log_sobolev import Chewi2022LogSobolev
from verify.bounds.langevin.dalalyan2017_theorem1 import Dalalyan2017Theorem1
from verify.bounds.langevin.dalalyan2017_theorem1b import Dalalyan2017Theorem1b
from verify.bounds.langevin.dalalyan2017_theorem3 import Dalalyan2017Theorem3
from verify.bounds.langevin.dalalyan2017_tv import Dalalyan2017TV
from verify.bounds.langevin.dalalyan2019_theorem1 import Dalalyan2019Theorem1
from verify.bounds.langevin.dalalyan2019_theorem4 import Dalalyan2019Theorem4
from verify.bounds.langevin.dalalyan2019_theorem5 import Dalalyan2019Theorem5
from verify.bounds.langevin.dalalyan2020_kinetic import Dalalyan2020Kinetic
from verify.bounds.langevin.diffusion_chi2 import DiffusionChi2
from verify.bounds.langevin.diffusion_kl import DiffusionKL
from verify.bounds.langevin.diffusion_kl_convex import DiffusionKLConvex
from verify.bounds.langevin.diffusion_log_harnack import DiffusionLogHarnack
from verify.bounds.langevin.diffusion_renyi import DiffusionRenyi
from verify.bounds.langevin.diffusion_w2 import DiffusionW2
from verify.bounds.langevin.durmus2019_average import Durmus2019Average
from verify.bounds.langevin.durmus2019_burn_in import Durmus2019BurnIn
from verify.bounds.langevin.durmus2019_last import Durmus2019Last
from verify.bounds.langevin.durmus2019_one_step import Durmus2019OneStep
from verify.bounds.langevin.durmus2019_w2 import Durmus2019W2
from verify.bounds.langevin.durmus2019_w2_hessian import Durmus2019W2Hessian
from verify.bounds.langevin.guillin2009 import Guillin2009
from verify.bounds.langevin.kinetic_contraction import KineticContraction
from verify.bounds.langevin.log_sobolev_convex import LogSobolevConvex
from verify.bounds.langevin.pinsker_output import PinskerOutput
from verify.bounds.langevin.talagrand import Talagrand
from verify.bounds.langevin.tv_chi2 import TVChi2
from verify.bounds.langevin.ula_order_half import ULAOrderHalf
from verify.bounds.langevin.ula_order_one import ULAOrderOne
from verify.bounds.langevin.ula_order_one_lipschitz import ULAOrderOneLipschitz
from verify.bounds.langevin.vempala2019_theorem1 import Vempala2019Theorem1

__all__ = [
    "Balasubramanian2022Theorem4",
    "BretagnolleHuber",
    "Chen2022Chi2",
    "Chen2022Convex",
    "Chen2022KL",
    "Chen2022Renyi",
    "Chen2022W2",
    "Cheng2018KL",
    "Cheng2018Theorem1",
    "Cheng2018Theorem5",
    "Chewi2022LogConcave",
    "Chewi2022LogSobolev",
    "Dalalyan2017TV",
    "Dalalyan2017Theorem1",
    "Dalalyan2017Theorem1b",
    "Dalalyan2017Theorem3",
    "Dalalyan2019Theorem1",
    "Dalalyan2019Theorem4",
    "Dalalyan2019Theorem5",
    "Dalalyan2020Kinetic",
    "DiffusionChi2",
    "DiffusionKL",
    "DiffusionKLConvex",
    "DiffusionLogHarnack",
    "DiffusionRenyi",
    "DiffusionW2",
    "Durmus2019Average",
    "Durmus2019BurnIn",
    "Durmus2019Last",
    "Durmus2019OneStep",
    "Durmus2019W2",
    "Durmus2019W2Hessian",
    "Guillin2009",
    "KineticContraction",
    "LogSobolevConvex",
    "PinskerOutput",
    "TVChi2",
    "Talagrand",
    "ULAOrderHalf",
    "ULAOrderOne",
    "ULAOrderOneLipschitz",
    "Vempala2019Theorem1",
]

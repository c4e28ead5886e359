"""What a scene plays with: the running system, its senders, the folder, and the truth."""

from dataclasses import dataclass

from interplay.bootstrap.access import Access
from interplay.faces.cli.demo.sending import Senders
from interplay.faces.cli.demo.story import Folder
from interplay.kernel.i18n import Lang
from interplay.rehearse.brand.contracts import Truth


@dataclass(frozen=True)
class Scene:
    """`told` is the truth of the story alone, `truth` that after what earlier runs did besides.

    At `url` the server answers; `secret_key` is the key of the brand's own systems.
    """

    access: Access
    senders: Senders
    folder: Folder
    told: Truth
    truth: Truth
    lang: Lang
    url: str
    secret_key: str

"""The dataset in the forms that others read: COCO, Hugging Face image folders, and the card that describes it."""

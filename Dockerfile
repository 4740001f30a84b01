# SketchPose in a container: for a Hugging Face Space of Docker type (header of its README: sdk: docker, app_port: 7860)
# or for any machine. Spaces build the last target.
#
#   docker build -t sketchpose .                    the app with Detectron2 and torchvision, on a CPU
#   docker build --target app -t sketchpose .       the app alone
#   docker run -p 7860:7860 -v sketchpose:/data sketchpose

FROM python:3.12-slim AS app
# Spaces run containers as user 1000; what people save lies in /data.
RUN useradd --create-home --uid 1000 user && mkdir /data && chown user /data
WORKDIR /home/user/app
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1 \
    GRADIO_SERVER_NAME=0.0.0.0 GRADIO_ANALYTICS_ENABLED=False SKETCHPOSE_HOME=/data
# The CPU build of torch first: any other brings gigabytes of CUDA.
COPY pre-requirements.txt requirements.txt ./
RUN pip install -r pre-requirements.txt && pip install -r requirements.txt
COPY --chown=user . .
USER user
EXPOSE 7860
CMD ["python", "app.py", "--port", "7860"]

FROM app AS detectron2
USER root
RUN pip install torchvision==0.28.0 --index-url https://download.pytorch.org/whl/cpu
RUN apt-get update && apt-get install -y --no-install-recommends g++ git && rm -rf /var/lib/apt/lists/* \
    && pip install 'setuptools<81' wheel ninja \
    && FORCE_CUDA=0 pip install --no-build-isolation \
       'git+https://github.com/facebookresearch/detectron2.git@02b5c4e295e990042a714712c21dc79b731e8833'
USER user
